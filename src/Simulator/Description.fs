namespace WeChatPay.Simulator

open System.Collections.Generic

/// What a field or a parameter holds on the wire.
[<RequireQualifiedAccess>]
type internal FieldType =
    | Text
    | Int
    | Number
    | Bool
    | Moment
    | Day
    | Any
    /// An open enumeration, by its name in the description.
    | Enum of Key: string
    /// An object, by its name in the description.
    | Shape of Key: string
    | List of Inner: FieldType
    /// JSON inside a text.
    | JsonText of Inner: FieldType

/// A field of a shape, or a parameter beside the body.
[<NoComparison; ReferenceEquality>]
type internal Field =
    {
        Name: string
        Type: FieldType
        IsRequired: bool
        /// An answer must have it.
        IsEvidence: bool
        /// It travels sealed.
        IsSensitive: bool
        /// A list that may be written as its one element alone.
        IsOneOrMany: bool
        IsMoney: bool
        MaxLength: int voption
        /// What clients fill in by themselves, such as `file_sha256`; empty for nothing.
        Filling: string
        /// The kinds of merchant whose requests have it; empty for all.
        Kinds: string list
        KnownIntegers: int64 list
        /// How a text is written, such as `yyyyMMdd`; empty where nothing is said.
        Format: string
    }

/// What a request carries.
[<RequireQualifiedAccess>]
type internal BodyKind =
    | Nothing
    | Json of FieldType
    /// A file in a part of that name, and what is said of it in the part `meta`.
    | Upload of Meta: string * Part: string

/// What an answer carries.
[<RequireQualifiedAccess>]
type internal AnswerKind =
    | Nothing
    | Json of FieldType
    | Bytes
    /// Nobody has said.
    | Unknown

/// How a list is paged; an empty name where there is none.
[<NoComparison; ReferenceEquality>]
type internal Page =
    {
        /// The answer's field of items.
        Items: string
        /// The parameter that says where a page begins.
        Start: string
        /// The answer's field of how many there are.
        Total: string
        /// The parameter, and the answer's field, of a token that leads to the next page.
        Token: string
        Next: string
    }

/// An endpoint of the platform.
[<NoComparison; ReferenceEquality>]
type internal Endpoint =
    {
        /// The group of calls that it belongs to.
        Service: string
        /// Its name in the group.
        Name: string
        Method: string
        /// The path, with placeholders in braces.
        Path: string
        /// Who may call.
        Kinds: string list
        InPath: Field list
        InQuery: Field list
        InHeader: Field list
        Body: BodyKind
        Answer: AnswerKind
        Status: int
        /// Whether the platform signs the answer.
        IsSigned: bool
        /// Fields of the answer that are the question's.
        Echo: string list
        Page: Page voption
    }

    /// `service.name`, as the description names it.
    member endpoint.Id = endpoint.Service + "." + endpoint.Name

/// A notification that has a case of its own.
[<NoComparison; ReferenceEquality>]
type internal EventCase =
    {
        /// The case of `WeChatPayEvent`.
        Name: string
        EventType: string
        /// The kind of object that is sealed, where that is known.
        Kind: string voption
        /// The resource's shape, by its name in the description.
        Shape: string
        /// What a resource says, by the path of the field.
        Proves: (string * string) list
    }

/// All endpoints, shapes, enumerations and notifications.
[<NoComparison; ReferenceEquality>]
type internal Description =
    {
        Endpoints: Endpoint list
        Shapes: IReadOnlyDictionary<string, Field list>
        Enums: IReadOnlyDictionary<string, string list>
        Events: EventCase list
    }
