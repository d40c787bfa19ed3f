namespace WeChatPay.Generator

open System.Collections.Generic

/// Something in the description that cannot be generated from: where, and why.
type Problem =
    {
        /// The file in `api/`.
        File: string
        /// The place in the file, as a JSON pointer.
        Pointer: string
        /// What is wrong there.
        Reason: string
    }

    override problem.ToString() =
        "api/" + problem.File + " " + problem.Pointer + ": " + problem.Reason

/// The problems found so far: a description is read to its end, so that all are told at once.
[<Sealed>]
type Problems() =
    let found = List<Problem>()

    /// All that were found, in the order of the files.
    member _.Found = List.ofSeq found

    /// Notes one.
    member _.Add file pointer reason =
        found.Add
            {
                File = file
                Pointer = pointer
                Reason = reason
            }
