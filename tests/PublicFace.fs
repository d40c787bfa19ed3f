/// What an F# assembly shows, as text: cases with their fields, records, modules, members. PublicApiGenerator, made for C#, leaves out the fields of cases.
module WeChatPay.Tests.PublicFace

open System
open System.Reflection
open System.Runtime.CompilerServices
open Microsoft.FSharp.Reflection

let private visible =
    BindingFlags.Public
    ||| BindingFlags.Instance
    ||| BindingFlags.Static
    ||| BindingFlags.DeclaredOnly

let private fsharpNames =
    dict
        [
            "FSharpResult`2", "Result"
            "FSharpOption`1", "option"
            "FSharpValueOption`1", "voption"
            "FSharpList`1", "list"
            "IEnumerable`1", "seq"
            "Unit", "unit"
            "Void", "unit"
            "String", "string"
            "Boolean", "bool"
            "Int32", "int"
            "Int64", "int64"
            "Byte", "byte"
            "Object", "obj"
            "Exception", "exn"
        ]

let rec private typeName (kind: Type) =
    if kind.IsArray then
        typeName (kind.GetElementType()) + " array"
    elif kind.IsByRef then
        "byref<" + typeName (kind.GetElementType()) + ">"
    elif kind.IsGenericParameter then
        "'" + kind.Name
    else
        let name =
            match fsharpNames.TryGetValue kind.Name with
            | true, known -> known
            | _ -> kind.Name.Split('`')[0]

        match kind.GetGenericArguments() |> Array.map typeName with
        | [||] -> name
        | [| argument; result |] when kind.Name = "FSharpFunc`2" -> "(" + argument + " -> " + result + ")"
        | arguments -> name + "<" + String.Join(", ", arguments) + ">"

let private orNull (state: NullabilityState) (kind: Type) =
    match state with
    | NullabilityState.Nullable when not kind.IsValueType && not kind.IsGenericParameter -> typeName kind + " | null"
    | _ -> typeName kind

let private propertyType (property: PropertyInfo) =
    orNull (NullabilityInfoContext().Create property).ReadState property.PropertyType

let private parameter (one: ParameterInfo) =
    let preset = if one.HasDefaultValue then "?" else ""

    preset
    + one.Name
    + ": "
    + orNull (NullabilityInfoContext().Create one).WriteState one.ParameterType

/// How many arguments come together: `f (a, b)` and `f a b` are one thing in metadata, and two for who calls.
let private groups (method: MethodBase) =
    let all = method.GetParameters() |> Array.map parameter |> List.ofArray

    let counts =
        method.GetCustomAttributes<CompilationArgumentCountsAttribute>()
        |> Seq.collect _.Counts
        |> List.ofSeq

    match counts with
    | [] -> [ all ]
    | counts ->
        (([], all), counts)
        ||> List.fold (fun (taken, rest) count -> taken @ [ List.take count rest ], List.skip count rest)
        |> fst

let private arguments (method: MethodBase) =
    groups method
    |> List.map (fun group -> "(" + String.Join(", ", group) + ")")
    |> String.concat " "

let private isGenerated (thing: MemberInfo) =
    thing.IsDefined(typeof<CompilerGeneratedAttribute>, false)
    || thing.IsDefined(typeof<CompilationMappingAttribute>, false)

let private own (kind: Type) (method: MethodInfo) =
    if method.IsStatic then "static " else ""

let private methodLine (kind: Type) (method: MethodInfo) =
    let result =
        orNull (NullabilityInfoContext().Create method.ReturnParameter).ReadState method.ReturnType

    own kind method + method.Name + arguments method + ": " + result

let private methodsOf (kind: Type) =
    [
        for method in kind.GetMethods visible do
            if
                not (isGenerated method)
                && not method.IsSpecialName
                && method.GetBaseDefinition().DeclaringType = kind
            then
                methodLine kind method
    ]

let private propertiesOf (kind: Type) =
    [
        for property in kind.GetProperties visible do
            if not (isGenerated property) || property.CanWrite then
                let access = if property.CanWrite then " with get, set" else ""

                own kind property.GetMethod
                + property.Name
                + ": "
                + propertyType property
                + access
    ]

let private literalsOf (kind: Type) =
    [
        for field in kind.GetFields visible do
            if field.IsLiteral then
                "literal " + field.Name + " = " + string (field.GetRawConstantValue())
    ]

let private constructorsOf (kind: Type) =
    [
        for made in kind.GetConstructors visible do
            if not made.IsStatic then
                "new" + arguments made
    ]

let private fields (properties: PropertyInfo array) =
    properties
    |> Array.map (fun field -> field.Name + ": " + propertyType field)
    |> List.ofArray

let private caseLine (case: UnionCaseInfo) =
    match fields (case.GetFields()) with
    | [] -> "| " + case.Name
    | parts -> "| " + case.Name + " of " + String.Join(" * ", parts)

let private isModule (kind: Type) =
    kind.GetCustomAttributes<CompilationMappingAttribute>()
    |> Seq.exists (fun mapping ->
        mapping.SourceConstructFlags &&& SourceConstructFlags.KindMask = SourceConstructFlags.Module)

let private sortOf (kind: Type) =
    if isModule kind then "module"
    elif kind.IsEnum then "enum"
    elif FSharpType.IsUnion kind then "union"
    elif FSharpType.IsRecord kind then "record"
    elif kind.IsInterface then "interface"
    elif kind.IsValueType then "struct"
    else "class"

/// The lines below a type's name: the order of cases and fields is theirs, the rest is sorted.
let private linesOf (kind: Type) =
    let members =
        List.sort (
            propertiesOf kind
            @ methodsOf kind
            @ (if isModule kind then literalsOf kind else [])
        )

    match sortOf kind with
    | "enum" -> literalsOf kind
    | "union" -> (FSharpType.GetUnionCases kind |> Array.map caseLine |> List.ofArray) @ members
    | "record" -> fields (FSharpType.GetRecordFields kind) @ members
    | "interface"
    | "module" -> members
    | _ -> constructorsOf kind @ members

/// Equality and order are a promise, too.
let private bases (kind: Type) =
    kind.GetInterfaces()
    |> Array.filter (fun face -> not (face.Name.StartsWith "IStructural"))
    |> Array.map typeName
    |> Array.sort
    |> fun names ->
        if names.Length = 0 || kind.IsEnum then
            ""
        else
            ": " + String.Join(", ", names)

/// Every public type and what it shows, in one text.
let render (assembly: Assembly) =
    [
        for kind in assembly.GetExportedTypes() |> Array.sortBy _.FullName do
            if isNull kind.DeclaringType || not (FSharpType.IsUnion kind.DeclaringType) then
                sortOf kind + " " + string kind.Namespace + "." + typeName kind + bases kind

                for line in linesOf kind do
                    "    " + line

                ""
    ]
    |> String.concat "\n"
