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

let private notifications =
    """openapi: 3.1.0
info: { title: tea that was served, version: '3' }
x-namespace: WeChatPay
x-assembly: Contracts
x-undescribed-events:
  TEA.SPILT: Tea was spilt.
paths: {}
webhooks:
  tea_served:
    post:
      operationId: TeaServed
      summary: Tea was served.
      x-event-types: [TEA.DONE]
      x-modes: [direct]
      x-sources: single
      x-has: [cup_id]
      x-lacks: [pot_id]
      x-proves: { state: SERVED }
      x-field: tea
      x-business-key: { prefix: tea, fields: [cup_id, served_at] }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/CupNotification' } } } }
      responses: { '204': { description: Taken. } }
  pot_served:
    post:
      operationId: PotServed
      summary: A pot of tea was served.
      x-event-types: [TEA.DONE]
      x-modes: [partner]
      x-sources: single
      x-has: [pot_id]
      x-field: tea
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/PotNotification' } } } }
      responses: { '204': { description: Taken. } }
components:
  schemas:
    CupNotification:
      type: object
      x-evidence: [cup_id, state]
      properties:
        cup_id: { type: string }
        state: { type: string }
        served_at: { type: string, format: date-time }
        sugar: { type: string }
    PotNotification:
      type: object
      x-evidence: [pot_id]
      properties:
        pot_id: { type: string }
        cup_id: { type: string }
        state: { type: string }
"""

let private bills =
    family
    + """x-bill-columns:
  served: { heading: 上茶时间, type: time, description: When it was served. }
  state: { heading: 状态, also: [狀態], type: text, description: How it stands. }
  price: { heading: 价格, type: yuan, description: What it costs. }
x-bill-totals:
  cups: { heading: 杯数, type: count, counts: rows, description: How many cups. }
  spilt: { heading: 洒出, type: yuan, adds: price, where: { state: SPILT }, description: What was spilt. }
x-bills:
  tea: { summary: Tea of a day., operation: tea_orders.get_order, row: tea_row, x-sources: single, has_any: [state], needs: [served, price], filled: [served], columns: [served, state, price], totals: [cups, spilt] }
x-bills-undescribed: { tea_orders.get_order: Pots. }
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

let private isRefusedIn (whole: string) (from: string) (into: string) (expected: string) =
    let changed = whole.Replace(from, into, StringComparison.Ordinal)
    Expect.notEqual changed whole ("the description has " + from)
    let _, problems = read changed
    Expect.isNonEmpty problems ("refused: " + into)

    Expect.exists
        (problems |> List.map string)
        (fun text ->
            text.StartsWith("api/tea.yaml #/", StringComparison.Ordinal)
            && text.Contains(expected, StringComparison.Ordinal))
        ("names file, place and reason among: "
         + String.Join("\n", problems |> List.map string))

let private isRefused from into expected = isRefusedIn family from into expected

let private sources () =
    let description, problems = read family
    Expect.isEmpty problems "the description holds together"
    let catalogue = Members.catalogue description
    let tea = description.Families.Head
    let calls = tea.Endpoints |> List.collect (Variants.callsOf catalogue.Shapes)
    catalogue, tea, calls

/// The family with a call that serves tea.
let private serving =
    family.Replace(
        "components:\n",
        """  /v3/tea/orders:
    post:
      operationId: tea_orders.create_order
      tags: [tea_orders]
      summary: Orders tea.
      x-modes: [direct, partner]
      x-sources: single
      x-idempotent: out_order_no
      x-settled-by: tea_orders.get_order
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/CreateOrderRequest' } } } }
      responses:
        '204': { description: Done. }
components:
""",
        StringComparison.Ordinal
    )
    + """    CreateOrderRequest:
      type: object
      required: [out_order_no, sub_mchid]
      properties:
        out_order_no: { type: string }
        note: { type: string }
        cups: { type: integer, format: int64 }
        sub_mchid: { type: string, x-modes: [partner] }
"""

let private repeating =
    testList
        "repeating"
        [
            test "a number that makes a call safe to repeat is one that it must have" {
                let _, problems = read serving
                Expect.isEmpty problems "as it is, it holds together"
                let isRefused = isRefusedIn serving

                for wrong in [ "order_no"; "note"; "cups" ] do
                    isRefused
                        "x-idempotent: out_order_no"
                        ("x-idempotent: " + wrong)
                        ("x-idempotent: the request has no text " + wrong + " that must be there")

                isRefused
                    "      x-echo: [out_order_no]\n"
                    "      x-echo: [out_order_no]\n      x-idempotent: out_order_no\n"
                    "x-idempotent: what only asks"
            }

            test "a query that settles a call is there, is for all who make the call, and gets what it needs" {
                let isRefused = isRefusedIn serving
                let settled = "x-settled-by: tea_orders.get_order"
                isRefused settled "x-settled-by: tea_orders.find" "there is no call tea_orders.find"
                isRefused settled "x-settled-by: tea_orders.create_order" "tea_orders.create_order is no query"

                isRefused
                    "        out_order_no: { type: string }\n        note"
                    "        out_order_no: { type: integer, format: int64 }\n        note"
                    "x-idempotent: the request has no text out_order_no"

                isRefused
                    "      summary: Asks what has become of an order of tea.\n      x-modes: [direct, partner]"
                    "      summary: Asks what has become of an order of tea.\n      x-modes: [direct]"
                    "is not for all who make the call"

                isRefused
                    "name: sub_mchid, in: query, required: true"
                    "name: shop, in: query, required: true"
                    "needs shop, which the call has not"
            }

            test "what is written says both, with the call's own numbers" {
                let description, problems = read serving
                Expect.isEmpty problems "the description holds together"
                let catalogue = Members.catalogue description
                let tea = description.Families.Head
                let calls = tea.Endpoints |> List.collect (Variants.callsOf catalogue.Shapes)

                let text =
                    OperationSource.write catalogue tea.File "PartnerTeaOrders" "Orders of tea." calls

                Expect.stringContains text ".RepeatableBy(\"out_order_no\")" "the number"

                for expected in
                    [
                        ".SettledBy(() => TeaOrders.GetOrder(outOrderNo: request.OutOrderNo))"
                        ".SettledBy(() => PartnerTeaOrders.GetOrder(outOrderNo: request.OutOrderNo, subMchid: request.SubMchid))"
                    ] do
                    Expect.stringContains text expected "the query of each form"
            }
        ]

[<Tests>]
let tests =
    testList
        "generator"
        [
            repeating

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

            test "notifications that do not hold together are refused" {
                let _, problems = read notifications
                Expect.isEmpty problems "as they are, they hold together"

                let isRefused from into expected =
                    isRefusedIn notifications from into expected

                isRefused "      x-lacks: [pot_id]\n" "" "a resource of PotServed would be taken for TeaServed"

                isRefused
                    "x-lacks: [pot_id]"
                    "x-lacks: [lid_id]"
                    "a resource of PotServed would be taken for TeaServed: tell TEA.DONE apart"

                isRefused "      x-has: [pot_id]\n" "" "a resource of TeaServed would be taken for PotServed"
                isRefused "x-has: [cup_id]" "x-has: [sugar]" "x-has: sugar is no evidence of CupNotification"
                isRefused "x-has: [cup_id]" "x-has-any: [sugar, milk]" "x-has-any: none is evidence of CupNotification"
                isRefused "x-lacks: [pot_id]" "x-lacks: [pot_id, sugar]" "x-lacks: CupNotification has sugar"

                isRefused
                    "x-proves: { state: SERVED }"
                    "x-proves: { mood: GOOD }"
                    "mood is no text that could say something"

                isRefused "x-proves: { state: SERVED }" "x-proves: { served_at: '1' }" "served_at is no text"
                isRefused "x-proves: { state: SERVED }" "x-proves: { 'state[].a': SERVED }" "state[].a is no text"
                isRefused "x-proves: { state: SERVED }" "x-denied-by: { 'cup.state': SPILT }" "cup.state is no text"
                isRefused "fields: [cup_id, served_at]" "fields: [sugar, cup_id]" "x-business-key: sugar is no evidence"
                isRefused "fields: [cup_id, served_at]" "fields: [served_at]" "x-business-key: served_at is no evidence"
                isRefused "operationId: PotServed" "operationId: TeaServed" "there are two cases TeaServed"
                isRefused "operationId: TeaServed" "operationId: teaServed" "operationId is the case, in Pascal case"

                isRefused
                    "      x-event-types: [TEA.DONE]\n      x-modes: [direct]"
                    "      x-modes: [direct]"
                    "x-event-types"

                isRefused "      x-modes: [partner]\n" "" "x-modes says who gets it"
                isRefused "      summary: Tea was served.\n" "" "summary says what happened"
                isRefused "  TEA.SPILT: Tea" "  TEA.DONE: Tea" "TEA.DONE is described"

                let many = String.Join(", ", [ for number in 1..32 -> "f" + string number ])
                isRefused "x-lacks: [pot_id]" ("x-lacks: [pot_id, " + many + "]") "told apart by more than 32 fields"
            }

            test "bills that do not hold together are refused" {
                let description, problems = read bills
                Expect.isEmpty problems "as they are, they hold together"
                let isRefused = isRefusedIn bills
                isRefused "also: [狀態]" "also: [价格]" "two have the heading 价格"
                isRefused "heading: 杯数, " "" "heading is what the platform writes"
                isRefused "type: time" "type: moment" "not 'moment'"
                isRefused ", description: When it was served." "" "description says in a sentence"
                isRefused "adds: price" "adds: cost" "nothing is called 'cost'"
                isRefused "adds: price" "adds: state" "is of another type than state"
                isRefused "counts: rows, " "" "counts: rows, or adds"
                isRefused "where: { state: SPILT }" "where: { mood: BAD }" "nothing is called 'mood'"
                isRefused "has_any: [state]" "has_any: [mood]" "nothing is called 'mood'"
                isRefused "has_any: [state], " "" "has_any names the columns"

                isRefused
                    "columns: [served, state, price]"
                    "columns: [served, state, price, state]"
                    "state is there twice"

                isRefused "needs: [served, price]" "needs: [served, mood]" "nothing is called 'mood'"
                isRefused "filled: [served]" "filled: [state]" "nothing is called 'state'"

                isRefused
                    "operation: tea_orders.get_order"
                    "operation: tea_orders.find"
                    "nothing is called 'tea_orders.find'"

                isRefused
                    "undescribed: { tea_orders.get_order"
                    "undescribed: { tea_orders.find"
                    "nothing is called 'tea_orders.find'"

                let table = BillSource.writeTable description.Families.Head.Bills
                Expect.stringContains table "Headings = [| \"状态\"; \"狀態\" |]" "headings"

                Expect.stringContains
                    table
                    "Where = ValueSome(struct (BillColumn.State, \"SPILT\"))"
                    "the rows that count"

                let rows = BillSource.writeRows description.Families.Head.Bills
                Expect.stringContains rows "Served: DateTimeOffset" "never empty"
                Expect.stringContains rows "PriceFen: Nullable<int64>" "may be empty"
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
