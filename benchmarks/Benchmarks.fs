/// The same subjects for BenchmarkDotNet: absolute times and allocations, for people.
module WeChatPay.Benchmarks.Benchmarks

open BenchmarkDotNet.Attributes
open WeChatPay.Benchmarks.Subjects

/// A payment notification, from headers and bytes to a typed event.
[<MemoryDiagnoser>]
type Notifications() =
    let primitives = verifyAndOpen Sample.plain

    [<Benchmark(Baseline = true, Description = "VerifyData + AesGcm open")>]
    member _.Primitives() = primitives ()

    [<Benchmark(Description = "decode, body of 700 bytes")>]
    member _.Plain() = accept Sample.plain.Signed

    [<Benchmark(Description = "decode, resource of 700 bytes")>]
    member _.Whole() = accept Sample.whole.Signed

    [<Benchmark(Description = "refuse a forged one")>]
    member _.Forged() = refuse Sample.forged

/// A request's signature.
[<MemoryDiagnoser>]
type Requests() =
    [<Benchmark(Baseline = true, Description = "SignData")>]
    member _.Primitive() = signData ()

    [<Benchmark(Description = "request signing")>]
    member _.Sign() = signRequest ()

/// An answer's signature.
[<MemoryDiagnoser>]
type Answers() =
    [<Benchmark(Baseline = true, Description = "VerifyData")>]
    member _.Primitive() = verifyData Sample.answer

    [<Benchmark(Description = "response verification")>]
    member _.Verify() = verifyAnswer Sample.answer
