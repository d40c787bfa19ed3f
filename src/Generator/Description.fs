namespace WeChatPay.Generator

/// The kinds of merchant, as `x-modes` names them.
type Kind =
    | Direct
    | Partner
    | Brand
    | Bank
    | Institution
    | Global

/// The names of kinds in the description.
[<RequireQualifiedAccess>]
module Kind =
    let name kind =
        match kind with
        | Direct -> "direct"
        | Partner -> "partner"
        | Brand -> "brand"
        | Bank -> "bank"
        | Institution -> "institution"
        | Global -> "global"

    /// The kind of a name.
    let tryOf text =
        [ Direct; Partner; Brand; Bank; Institution; Global ]
        |> List.tryFind (fun kind -> name kind = text)

/// A schema by the file that has it and its name there.
type SchemaKey = { File: string; Name: string }

/// What a field or a parameter holds.
type FieldType =
    | Text
    | Integer
    | Fraction
    | Bool
    | Moment
    | Day
    | AnyJson
    | EnumOf of SchemaKey
    | ShapeOf of SchemaKey
    | ListOf of FieldType
    /// JSON inside a text.
    | JsonIn of FieldType

/// What the caller's options, or the file that is uploaded, fill in.
type Filling =
    | MerchantId
    | Appid
    | BrandId
    | FileName
    | FileSha256

/// The names of fillings in the description.
[<RequireQualifiedAccess>]
module Filling =
    let name filling =
        match filling with
        | MerchantId -> "merchant_id"
        | Appid -> "appid"
        | BrandId -> "brand_id"
        | FileName -> "file_name"
        | FileSha256 -> "file_sha256"

    /// The filling of a name.
    let tryOf text =
        [ MerchantId; Appid; BrandId; FileName; FileSha256 ]
        |> List.tryFind (fun filling -> name filling = text)

/// A field of a shape.
type Field =
    {
        Wire: string
        Type: FieldType
        Description: string option
        IsSensitive: bool
        /// `fen` where the unit is known.
        Unit: string option
        Filling: Filling option
        /// Whose requests have it, where not all have.
        Kinds: Set<Kind> option
        IsOneOrMany: bool
        MaxLength: int option
        /// Integers that have a meaning.
        KnownIntegers: string list
        Format: string option
    }

/// An object on the wire.
type Shape =
    {
        Key: SchemaKey
        Description: string option
        /// Fields that a request must have.
        Required: Set<string>
        /// Fields that an answer or an event's case must have.
        Evidence: Set<string>
        Fields: Field list
    }

/// An open enumeration.
type OpenEnum =
    {
        Key: SchemaKey
        Description: string option
        /// Each known text with what it means, where that is said.
        Texts: (string * string option) list
    }

/// Where a parameter travels.
type Place =
    | InPath
    | InQuery
    | InHeader

/// A parameter beside the body.
type Parameter =
    {
        Place: Place
        IsRequired: bool
        /// As a field of a shape.
        Field: Field
    }

/// What a request carries.
type Body =
    | NoBody
    | JsonBody of FieldType
    /// A file with its facts, which are signed: the `meta` part, and the file's part by name.
    | FileBody of meta: SchemaKey * part: string

/// What an answer carries.
type AnswerBody =
    | NothingBack
    | JsonBack of FieldType
    | BytesBack
    /// Nobody has said.
    | UnknownBack

/// How the platform pages a list.
type Paging =
    {
        Items: string
        /// The parameter that says where a page begins, and the one that says how many it has.
        Start: (string * string) option
        /// The start counts pages, not items.
        CountsPages: bool
        Total: string option
        /// The parameter and the answer's field of a token that leads to the next page.
        Token: (string * string) option
    }

/// An endpoint.
type Endpoint =
    {
        /// The service.
        Service: string
        /// What it does, such as `prepay_native`.
        Name: string
        Method: string
        Path: string
        Summary: string
        Kinds: Kind list
        /// On the host for merchants outside the mainland: always, or for them only.
        IsGlobalHost: bool
        HasGlobalHost: bool
        IsSigned: bool
        IsDeprecated: bool
        /// How well it is attested: official, multi, single, none.
        Sources: string
        Parameters: Parameter list
        Body: Body
        Answer: AnswerBody
        Status: int
        Echo: string list
        EchoIfPresent: string list
        /// The field whose number makes it safe to send the very same request again.
        IdempotentBy: string option
        /// The query that tells what has become of it, as `service.name`.
        SettledBy: string option
        Paging: Paging option
        Pointer: string
    }

/// A group of calls.
type Service =
    {
        Name: string
        /// The class of its operations.
        Class: string
        /// The façade's property for it, on a client that is of its own kind.
        Property: string
        Summary: string
    }

/// A notification's case.
type Webhook =
    {
        Case: string
        Summary: string
        EventTypes: string list
        /// Who gets it.
        Kinds: Kind list
        /// How well it is attested: official, multi, single.
        Sources: string
        /// What kind of object is sealed, where that is said.
        OriginalType: string option
        /// Outermost fields that a resource of this shape has: all of the first, one of the second, none of the third.
        Has: string list
        HasAny: string list
        Lacks: string list
        /// What a field must say: one of these texts. Outside the evidence it may be absent.
        Proves: (string * string list) list
        /// What a field must not say.
        DeniedBy: (string * string list) list
        Field: string
        /// What an effect must happen once for, where the resource has it.
        KeyPrefix: string option
        KeyFields: string list
        /// What kind of thing it is about, where the prefix says more than that, and the fields that tell which one.
        KeyAbout: string option
        KeySubject: string list
        Shape: SchemaKey
        Pointer: string
    }

/// One file of the description.
type Family =
    {
        File: string
        Namespace: string
        IsContract: bool
        Services: Service list
        Shapes: Shape list
        Enums: OpenEnum list
        Endpoints: Endpoint list
        Webhooks: Webhook list
        /// Event types whose resource nobody has described, with what they are about.
        Undescribed: (string * string) list
        Bills: Bills
    }

/// The whole description.
type Description =
    {
        Families: Family list
        /// What a field of a name means wherever it occurs.
        Glossary: Map<string, string>
    }
