/// A call to the wrong kind of merchant does not compile: judged by the C# compiler.
module WeChatPay.Tests.KindCompileTests

open System
open System.IO
open Expecto
open Microsoft.CodeAnalysis
open Microsoft.CodeAnalysis.CSharp

let private references =
    lazy
        (string (AppContext.GetData "TRUSTED_PLATFORM_ASSEMBLIES")).Split Path.PathSeparator
        |> Array.map (fun path -> MetadataReference.CreateFromFile path :> MetadataReference)

/// The errors that the compiler finds in the body of a method that has a client of each kind.
let private errorsInBody (body: string) =
    let source =
        $$"""
        #nullable enable
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using WeChatPay;
        using WeChatPay.Api;
        using WeChatPay.Api.Transfers;

        static class Code
        {
            static async Task<object> Run(WeChatPayClient direct, WeChatPayPartnerClient partner, WeChatPayBrandClient brand, WeChatPayInstitutionClient institution, WeChatPayGlobalClient overseas, DateOnly from, DateOnly to, CancellationToken ct)
            {
                await Task.Yield();
                {{body}}
            }
        }
        """

    let compilation =
        CSharpCompilation.Create(
            "kinds",
            [| CSharpSyntaxTree.ParseText source |],
            references.Value,
            CSharpCompilationOptions OutputKind.DynamicallyLinkedLibrary
        )

    [
        for diagnostic in compilation.GetDiagnostics() do
            if diagnostic.Severity = DiagnosticSeverity.Error then
                diagnostic.Id
    ]

/// The errors that the compiler finds in an expression.
let private errorsIn (expression: string) = errorsInBody $"return {expression};"

let private noSuchMember = [ "CS1061" ]
let private wrongArgument = [ "CS1503" ]

[<Tests>]
let tests =
    testList
        "kinds, compiled"
        [
            testCase "each client shows what it may call, and nothing else" (fun () ->
                for good, bad in
                    [
                        "partner.Payments", "direct.PartnerPayments"
                        "direct.TransferBatches", "brand.TransferBatches"
                        "direct.Payments", "brand.Payments"
                        "direct.Payments", "institution.Payments"
                        "direct.TransferBatches", "overseas.TransferBatches"
                        "partner.BrandCards", "direct.BrandCards"
                        "brand.Stores", "partner.Stores"
                        "overseas.HkPayments", "direct.HkPayments"
                    ] do
                    Expect.equal (errorsIn good) [] good
                    Expect.equal (errorsIn bad) noSuchMember bad)

            testCase "a call that two kinds have takes each kind's own request" (fun () ->
                for client, other, call in
                    [
                        "direct", "partner", "Payments.PrepayNativeAsync(default(NativePrepayRequest)!)"
                        "partner", "direct", "Payments.PrepayNativeAsync(default(PartnerNativePrepayRequest)!)"
                        "direct",
                        "partner",
                        "MerchantTransfers.CreateTransferBillAsync(default(CreateTransferBillRequest)!)"
                        "partner",
                        "direct",
                        "MerchantTransfers.CreateTransferBillAsync(default(PartnerCreateTransferBillRequest)!)"
                    ] do
                    Expect.equal (errorsIn $"{client}.{call}") [] call
                    Expect.equal (errorsIn $"{other}.{call}") wrongArgument call)

            testCase "a list is walked from day to day, with a token or with what may be left out" (fun () ->
                let walk (arguments: string) =
                    errorsInBody
                        $$"""
                        await foreach (var complaint in partner.Complaints.ListAllAsync({{arguments}}))
                        {
                            return complaint.ComplaintId!;
                        }

                        return "none";
                        """

                for arguments in
                    [
                        "from, to, ct"
                        "from, to"
                        "from, to, 50, \"1900000002\", ct"
                        "from, to, cancellationToken: ct"
                        "from, to, complaintedMchid: \"1900000002\""
                    ] do
                    Expect.equal (walk arguments) [] arguments

                Expect.equal (walk "\"2026-01-01\", to") wrongArgument "a day is no text")

            testCase "a client of one kind is not one of another" (fun () ->
                Expect.equal (errorsIn "(MerchantClient)partner") [] "what they have in common"
                Expect.equal (errorsIn "(WeChatPayClient)partner") [ "CS0030" ] "no conversion")
        ]
