module WeChatPay.Tests.GeneratorTests

open System
open System.IO
open Expecto
open WeChatPay.Generator

let private family =
    """openapi: 3.1.0
info: { title: tea, version: '3' }
x-namespace: WeChatPay.Api.Tea
tags:
  - { name: tea_orders, x-class: TeaOrders, description: Orders of tea. }
paths:
  /v3/tea/orders/{out_order_no}:
    get:
      operationId: tea_orders.get_order
      tags: [tea_orders]
      summary: Asks what has become of an order of tea.
      x-modes: [direct, partner]
      x-sources: single
      parameters:
        - { name: out_order_no, in: path, required: true, schema: { type: string } }
        - { name: sub_mchid, in: query, required: true, schema: { type: string }, x-modes: [partner] }
      x-echo: [out_order_no]
      responses:
        '200': { description: The answer., content: { application/json: { schema: { $ref: '#/components/schemas/TeaOrder' } } } }
components:
  schemas:
    TeaOrder:
      type: object
      x-evidence: [out_order_no]
      properties:
        out_order_no: { type: string }
        state: { $ref: '#/components/schemas/TeaState' }
        cups: { type: integer, format: int64 }
        drinker: { type: string, x-sensitive: true }
    TeaState: { type: string, enum: [BREWING, SERVED] }
"""

let private read (text: string) =
    let folder = Directory.CreateTempSubdirectory "wechatpay-generator-"

    try
        File.WriteAllText(Path.Combine(folder.FullName, "tea.yaml"), text)
        File.WriteAllText(Path.Combine(folder.FullName, "glossary.yaml"), "cups: How many cups it is.\n")
        let problems = Problems()
        let description = Reader.read problems folder.FullName

        if problems.Found.IsEmpty then
            Checks.check problems description

        description, problems.Found
    finally
        folder.Delete true

let private isRefused (from: string) (into: string) (expected: string) =
    let changed = family.Replace(from, into, StringComparison.Ordinal)
    Expect.notEqual changed family ("the description has " + from)
    let _, problems = read changed
    Expect.isNonEmpty problems ("refused: " + into)

    Expect.exists
        (problems |> List.map string)
        (fun text ->
            text.StartsWith("api/tea.yaml #/", StringComparison.Ordinal)
            && text.Contains(expected, StringComparison.Ordinal))
        ("names file, place and reason among: "
         + String.Join("\n", problems |> List.map string))

let private sources () =
    let description, problems = read family
    Expect.isEmpty problems "the description holds together"
    let catalogue = Members.catalogue description
    let tea = description.Families.Head
    let calls = tea.Endpoints |> List.collect (Variants.callsOf catalogue.Shapes)
    catalogue, tea, calls

[<Tests>]
let tests =
    testList
        "generator"
        [
            test "what does not hold together is refused with file, place and reason" {
                isRefused "schemas/TeaState' }" "schemas/TeaMood' }" "does not point to an existing schema"

                isRefused
                    "state: { $ref: '#/"
                    "state: { $ref: 'coffee.yaml#/"
                    "refers to coffee.yaml#/components/schemas/TeaState, which is not there"

                isRefused "x-echo: [out_order_no]" "x-echo: [order]" "no text order to compare"
                isRefused "x-evidence: [out_order_no]" "x-evidence: [order]" "has no field order"
                isRefused "tags:\n  - { name: tea_orders," "tags:\n  - { name: tea," "has no tag"
                isRefused "x-modes: [direct, partner]" "x-modes: [direct, stranger]" "no kind of merchant 'stranger'"
                isRefused "      x-modes: [direct, partner]\n" "" "says who may call"
                isRefused "{out_order_no}:" "{order_no}:" "needs to be defined as a path parameter"
                isRefused "TeaOrder" "tea_order" "not a C# name"
                isRefused "TeaState" "TeaOrders" "within a namespace a name is used once"
                isRefused "cups: { type: integer" "outOrderNo: { type: integer" "two fields that become OutOrderNo"

                isRefused
                    "state: { $ref: '#/components/schemas/TeaState' }"
                    "state: { type: object, properties: { a: { type: string } } }"
                    "an object needs a name"
            }

            test "what is no OpenAPI is told by the standard reader" {
                let _, problems =
                    read (family.Replace("paths:\n", "paths: 3\nways:\n", StringComparison.Ordinal))

                Expect.isNonEmpty problems "refused"
            }

            test "a call that differs by who makes it has two forms, and nobody sees the other's" {
                let catalogue, tea, calls = sources ()

                Expect.equal
                    (calls |> List.map _.Kinds)
                    [ [ Direct ]; [ Partner ] ]
                    "a direct merchant's, and a provider's"

                let direct, partner =
                    calls
                    |> List.map (fun call -> OperationSource.argumentsOf catalogue tea.File call |> List.map _.Name)
                    |> function
                        | [ direct; partner ] -> direct, partner
                        | other -> failtestf "two forms, not %i" other.Length

                Expect.equal direct [ "outOrderNo" ] "a direct merchant has no sub-merchant"
                Expect.equal partner [ "outOrderNo"; "subMchid" ] "a provider names his"

                let clients = Variants.clientsOf catalogue.Shapes tea.Services.Head tea.Endpoints

                Expect.equal
                    (clients |> List.map _.Class)
                    [ "TeaOrdersClient"; "PartnerTeaOrdersClient" ]
                    "a client each"
            }

            test
                "what is written says where it comes from, documents each member, and compares the answer with its question" {
                let catalogue, tea, calls = sources ()
                let shape = tea.Shapes |> List.find (fun shape -> shape.Key.Name = "TeaOrder")
                let text = ShapeSource.write catalogue false true shape

                Expect.stringStarts
                    text
                    "// <auto-generated/> Written by src/Generator from api/tea.yaml"
                    "the first line"

                Expect.stringContains
                    text
                    "/// <summary>How many cups it is.</summary>\n    public long? Cups { get; init; }"
                    "the glossary's words"

                Expect.stringContains text "public required string OutOrderNo { get; init; }" "evidence is required"
                Expect.stringContains text "public SensitiveText? Drinker { get; init; }" "marked by its type"
                Expect.isFalse (text.Contains "Drinker = \"") "never printed"

                let operations =
                    OperationSource.write catalogue tea.File "TeaOrders" "Orders of tea." calls

                Expect.stringContains
                    operations
                    ".WithEcho(\"out_order_no\", _ => outOrderNo, static answer => answer.OutOrderNo)"
                    "bound to its question"

                Expect.stringContains operations ".WithOpening(TeaOrder.TryRead)" "sealed texts are opened"
            }

            test "names become C# names" {
                for wire, pascal, camel in
                    [
                        "out_trade_no", "OutTradeNo", "outTradeNo"
                        "OUT_TRADE", "OutTrade", "outTrade"
                        "class", "Class", "@class"
                        "3d_secure", "N3dSecure", "n3dSecure"
                        "Idempotency-Key", "IdempotencyKey", "idempotencyKey"
                    ] do
                    Expect.equal (Names.pascal wire, Names.camel wire) (pascal, camel) wire
            }

            test "a sentence is escaped, and what stands in backticks is code" {
                Expect.equal (Source.doc "less than `<` & more") "less than <c>&lt;</c> &amp; more" "escaped"
            }
        ]
