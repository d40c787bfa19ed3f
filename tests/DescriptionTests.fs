/// What the description itself has to say: a meaning for every field, names that a person can read.
module WeChatPay.Tests.DescriptionTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open WeChatPay.Generator

let private description =
    lazy
        (let problems = Problems()
         let read = Reader.read problems (Path.Combine(Packable.root, "api"))
         Expect.isEmpty problems.Found "the description can be read"
         read)

/// Every field and every parameter, with where it stands.
let private fields () =
    [
        for family in description.Value.Families do
            for shape in family.Shapes do
                for field in shape.Fields do
                    family.File + " " + shape.Key.Name + "." + field.Wire, field

            for endpoint in family.Endpoints do
                for parameter in endpoint.Parameters do
                    family.File + " " + endpoint.Name + "?" + parameter.Field.Wire, parameter.Field
    ]

let private typeNames () =
    [
        for family in description.Value.Families do
            for shape in family.Shapes do
                shape.Key.Name

            for known in family.Enums do
                known.Key.Name
    ]

/// The longest that a type's name may be: longer ones are a path, not a noun.
[<Literal>]
let private LongestName = 46

/// What a merger of sources leaves behind: a hash, or the words of a schema language.
let private leftover = Regex @"_|[0-9a-f]{5}$|(Entity|Resp|Req|Msg)$"

let private isLeftover (name: string) = leftover.IsMatch name

[<Tests>]
let tests =
    testList
        "description"
        [
            testCase "every field and parameter has a meaning, beside it or in the glossary" (fun () ->
                let mute =
                    [
                        for place, field in fields () do
                            if
                                field.Description.IsNone
                                && not (description.Value.Glossary.ContainsKey field.Wire)
                            then
                                place
                    ]

                Expect.equal mute [] "each says what it is")

            testCase "every enumeration says what its texts tell" (fun () ->
                let mute =
                    [
                        for family in description.Value.Families do
                            for known in family.Enums do
                                if known.Description.IsNone then
                                    family.File + " " + known.Key.Name
                    ]

                Expect.equal mute [] "each says what it is")

            testCase "every line of the glossary is of a field that is there, and a sentence" (fun () ->
                let known = fields () |> List.map (fun (_, field) -> field.Wire) |> set

                let odd =
                    [
                        for KeyValue(name, meaning) in description.Value.Glossary do
                            if
                                not (known.Contains name)
                                || not (meaning.EndsWith '.')
                                || not (Char.IsUpper meaning[0])
                            then
                                name
                    ]

                Expect.equal odd [] "each says something of a field")

            testCase "a type's name is a noun of the field, not a path or a hash" (fun () ->
                let odd =
                    typeNames ()
                    |> List.filter (fun name -> name.Length > LongestName || isLeftover name)

                Expect.equal odd [] "each can be read aloud"

                for good, bad in
                    [
                        "TransferFailReason", "TransferFailReason_7e6ac"
                        "TransferDetail", "TransferDetailEntity"
                        "SubMerchantApplymentStatus", "QueryStateResp"
                    ] do
                    Expect.isFalse (isLeftover good) good
                    Expect.isTrue (isLeftover bad) bad)

            testCase "a call is not named after the kind of merchant that makes it" (fun () ->
                let odd =
                    [
                        for family in description.Value.Families do
                            for endpoint in family.Endpoints do
                                if
                                    endpoint.Name.EndsWith "_for_partner"
                                    || endpoint.Name.EndsWith "_for_service_provider"
                                then
                                    endpoint.Service + "." + endpoint.Name
                    ]

                Expect.equal odd [] "the client says it")
        ]
