module WeChatPay.Tests.ErrorPageTests

open Expecto
open Microsoft.FSharp.Reflection
open WeChatPay.Functional

[<Literal>]
let Write = "dotnet run --project tests -- --write-docs"

[<Tests>]
let tests =
    testList
        "error pages"
        [
            for path, make in ErrorPages.pages do
                test $"{path} says what the code says" {
                    let changes = Packable.changes (Packable.committed path) (make ())

                    if changes <> "" then
                        failtest $"{path} differs:\n  {changes}\nWrite it again with  {Write}  and commit it."
                }

            test "every code of a refused callback has its place" {
                let english = (snd (List.head ErrorPages.pages)) ()
                let cases = FSharpType.GetUnionCases typeof<VerifyError>

                let headings =
                    english.Split '\n' |> Array.filter (fun line -> line.StartsWith "### `")

                Expect.isGreaterThan headings.Length cases.Length "a heading for each, and for other errors"
                Expect.stringContains english "### `signature_mismatch`" "by its code"
                Expect.stringContains english "`PUB_KEY_ID_…`" "the advice that depends on a value is there, too"
            }

            test "the tables and the platform's codes are found by themselves" {
                let unions = ErrorExamples.tables |> List.map _.Union.Name
                Expect.containsAll unions [ "VerifyError"; "ApiError"; "KeyError" ] "unions with advice"

                Expect.containsAll
                    ErrorExamples.platformCodes
                    [ "SIGN_ERROR"; "NOT_ENOUGH"; "RATELIMIT_EXCEEDED" ]
                    "codes with advice"
            }
        ]
