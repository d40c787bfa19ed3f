module WeChatPay.Tests.RoundTripTests

open System.Text
open System.Text.Json.Nodes
open Expecto
open WeChatPay.Generator
open WeChatPay.Tests.WireSamples
open WeChatPay.Wire

let private isSame (one: JsonNode) (other: byte array) =
    JsonNode.DeepEquals(one, JsonNode.Parse(Encoding.UTF8.GetString other))

let private isNone (lost: string list) =
    if not lost.IsEmpty then
        failtestf "%i differ, such as\n%s" lost.Length (String.concat "\n" (List.truncate 3 lost))

/// Every answer that is a shape, once.
let private answers =
    endpoints
    |> List.choose (fun (_, endpoint) ->
        match endpoint.Answer with
        | JsonBack(ShapeOf key) -> Some key
        | _ -> None)
    |> List.distinct

/// Every body that is a shape, in each of its forms, once.
let private bodies =
    endpoints
    |> List.choose (fun (_, endpoint) ->
        match endpoint.Body with
        | JsonBody(ShapeOf key)
        | FileBody(key, _) -> Some catalogue.Shapes[key]
        | _ -> None)
    |> List.distinctBy _.Key
    |> List.collect (fun shape -> Variants.formsOf shape |> List.map (fun form -> shape, form))

[<Tests>]
let tests =
    testList
        "round trips"
        [
            test
                "every answer is decoded and encoded with no field lost: minimal, and maximal with fields and texts of tomorrow" {
                let lost =
                    [
                        for key in answers do
                            for fullness in [ Minimal; Maximal ] do
                                let shape = catalogue.Shapes[key]
                                let json = WireSamples.shape fullness 1 shape

                                match
                                    WireTypes.read
                                        (WireTypes.classOf true shape)
                                        (Encoding.UTF8.GetBytes(json.ToJsonString()))
                                with
                                | Error error -> key.Name + ": " + error
                                | Ok value ->
                                    let _, written = WireTypes.write false (value :?> IWireShape)

                                    if not (isSame json written) then
                                        key.Name + ":\n" + json.ToJsonString() + "\n" + WireTypes.show written
                    ]

                isNone lost
                Expect.isGreaterThan answers.Length 600 "they are all looked at"
            }

            test "every request writes what it was given" {
                let lost =
                    [
                        for shape, isDirectForm in bodies do
                            for fullness in [ Minimal; Maximal ] do
                                let json =
                                    WireSamples.shapeOf fullness 1 shape (Variants.fieldsOf isDirectForm shape)

                                let kind = WireTypes.classOf isDirectForm shape

                                let value =
                                    WireTypes.build
                                        kind
                                        (System.Text.Json.JsonDocument.Parse(json.ToJsonString()).RootElement)

                                let scope, written = WireTypes.write true (value :?> IWireShape)

                                for field in Variants.fieldsOf isDirectForm shape do
                                    if field.Filling.IsSome && not (json.ContainsKey field.Wire) then
                                        json[field.Wire] <-
                                            JsonValue.Create(
                                                "filled-"
                                                + Members.filling(field.Filling.Value).Replace("WireDefault.", "")
                                            )

                                if scope.IsRefused then
                                    shape.Key.Name + ": " + scope.RefusedPath + " " + scope.Problem
                                elif not (isSame json written) then
                                    shape.Key.Name + ":\n" + json.ToJsonString() + "\n" + WireTypes.show written
                    ]

                isNone lost
                Expect.isGreaterThan bodies.Length 400 "they are all looked at"
            }

            test "as many endpoints have sealed fields as the platform's catalogue says" {
                let seals kind =
                    match kind with
                    | ShapeOf key -> catalogue.Sealing.Contains key
                    | _ -> false

                let sealing =
                    endpoints
                    |> List.filter (fun (_, endpoint) ->
                        let body =
                            match endpoint.Body with
                            | JsonBody kind -> seals kind
                            | FileBody(key, _) -> seals (ShapeOf key)
                            | NoBody -> false

                        let answer =
                            match endpoint.Answer with
                            | JsonBack kind -> seals kind
                            | _ -> false

                        body || answer || endpoint.Parameters |> List.exists _.Field.IsSensitive)

                Expect.equal sealing.Length 159 "endpoints with sealed fields"
            }
        ]
