namespace WeChatPay.Generator

open System

/// Writes the façade: a client for each service, and each kind of merchant's client with the services it may call.
[<RequireQualifiedAccess>]
module ClientSource =
    /// The façade's own file: types of the description are named in full there.
    [<Literal>]
    let private Home = "facade"

    let private inFacade (catalogue: Catalogue) =
        { catalogue with
            Namespaces = catalogue.Namespaces.Add(Home, "WeChatPay")
        }

    let private operationsClass (catalogue: Catalogue) (file: string) (client: ServiceClient) (call: Call) =
        Variants.classOf catalogue.Shapes client.Service call
        |> Members.relative "WeChatPay" catalogue.Namespaces[file]

    let private documentToken (source: Source) =
        source.Line "/// <param name=\"cancellationToken\">Gives up.</param>"

    let private documentCall (source: Source) (endpoint: Endpoint) (arguments: Argument list) =
        OperationSource.document source endpoint arguments

        let say (name: string) (meaning: string) =
            source.Line("/// <param name=\"" + name + "\">" + meaning + "</param>")

        match endpoint.Body, endpoint.Answer with
        | FileBody _, _ ->
            say "fileName" "The file's name, as the platform is to know it."
            say "content" "The file's bytes, from where the stream stands."
            say "progress" "Told how many bytes of the file have been sent."
        | _, BytesBack ->
            say "destination" "Where the bytes go; what has been written is not verified before this returns."
            say "hash" "What the file's hash must be."
        | _ -> ()

        documentToken source

    let private pass (arguments: Argument list) =
        String.Join(", ", arguments |> List.map _.Name)

    let private comma (text: string) = if text = "" then "" else text + ", "

    let private writeUpload (source: Source) answer method operation (arguments: Argument list) =
        let others = arguments |> List.filter (fun argument -> argument.Name <> "file")
        let required, optional = others |> List.partition _.IsRequired
        let declared = required @ optional |> List.map OperationSource.declare
        let lead = String.Join(", ", "string fileName" :: "Stream content" :: declared)

        source.Line(
            "public virtual Task<"
            + answer
            + "> "
            + method
            + "Async("
            + lead
            + ", IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>"
        )

        source.Deeper(fun () ->
            source.Line(
                "Client.UploadAsync(fileName, content, file => "
                + operation
                + "("
                + pass arguments
                + "), progress, cancellationToken);"
            ))

    let private writeDownload (source: Source) (endpoint: Endpoint) method operation (arguments: Argument list) =
        let declared = arguments |> List.map OperationSource.declare

        let required, optional =
            declared |> List.partition (fun text -> not (text.EndsWith "= null"))

        let lead =
            String.Join(", ", required @ [ "Stream destination"; "FileHash hash" ] @ optional)

        source.Line(
            "public virtual Task "
            + method
            + "Async("
            + lead
            + ", CancellationToken cancellationToken = default) =>"
        )

        source.Deeper(fun () ->
            source.Line(
                "Client.DownloadAsync("
                + operation
                + "("
                + pass arguments
                + "), destination, hash, cancellationToken);"
            ))

    let private writePages
        (catalogue: Catalogue)
        (source: Source)
        answer
        (endpoint: Endpoint)
        (paging: Paging)
        (method: string)
        (arguments: Argument list)
        =
        let shape =
            match endpoint.Answer with
            | JsonBack(ShapeOf key) -> catalogue.Shapes[key]
            | _ -> failwith "a page is a shape"

        let field name =
            shape.Fields |> List.find (fun field -> field.Wire = name)

        let items = field paging.Items

        let item =
            match items.Type with
            | ListOf inner -> Members.typeOf catalogue Home items inner
            | _ -> "object"

        let isPaging (argument: Argument) =
            let wire = argument.Parameter |> Option.map _.Field.Wire |> Option.defaultValue ""

            let names =
                [ Option.map fst paging.Start; Option.map fst paging.Token ] |> List.choose id

            List.contains wire names

        let own: Argument list =
            arguments |> List.filter (fun argument -> not (isPaging argument))

        let named (argument: Argument) value =
            argument.Name.TrimStart '@' + ": " + value

        let passed (start: string) =
            arguments
            |> List.map (fun argument -> named argument (if isPaging argument then start else argument.Name))
            |> fun texts -> String.Join(", ", texts)

        let isText =
            arguments
            |> List.exists (fun argument -> isPaging argument && argument.Type = "string")

        let property name =
            Members.property shape.Key.Name (field name)

        source.Gap()

        source.Line(
            "/// <summary>"
            + Source.doc (endpoint.Summary.TrimEnd '.' + ": all pages, one item after another.")
            + "</summary>"
        )

        own |> List.iter (OperationSource.documentArgument source)

        documentToken source

        OperationSource.markObsolete source endpoint

        let allMethod =
            method
                .Replace("List", "ListAll", StringComparison.Ordinal)
                .Replace("Get", "GetAll", StringComparison.Ordinal)
            + "Async"

        let lead (arguments: Argument list) =
            comma (String.Join(", ", arguments |> List.map OperationSource.declare))

        source.Line(
            "public virtual IAsyncEnumerable<"
            + item
            + "> "
            + allMethod
            + "("
            + lead own
            + "CancellationToken cancellationToken = default) =>"
        )

        source.Deeper(fun () ->
            match paging.Start, paging.Token with
            | Some(_, size), _ ->
                let total =
                    match paging.Total with
                    | Some total when (field total).Type = Integer -> ", static page => page." + property total
                    | _ -> ", static _ => null"

                let sizeArgument =
                    own
                    |> List.tryFind (fun argument ->
                        argument.Parameter
                        |> Option.exists (fun parameter -> parameter.Field.Wire = size))

                let size =
                    match sizeArgument with
                    | Some argument -> argument.Name
                    | None -> "null"

                let start =
                    if isText then
                        "start.ToString(System.Globalization.CultureInfo.InvariantCulture)"
                    else
                        "start"

                let size =
                    if (sizeArgument |> Option.exists (fun argument -> argument.Type = "string")) then
                        "null"
                    else
                        size

                source.Line(
                    "Paging.ByCount(start => "
                    + method
                    + "Async("
                    + passed start
                    + ", cancellationToken: cancellationToken), static page => page."
                    + property paging.Items
                    + total
                    + ", "
                    + size
                    + ", countsPages: "
                    + (if paging.CountsPages then "true" else "false")
                    + ", cancellationToken);"
                )
            | None, Some(_, next) ->
                source.Line(
                    "Paging.ByToken(token => "
                    + method
                    + "Async("
                    + passed "token"
                    + ", cancellationToken: cancellationToken), static page => page."
                    + property paging.Items
                    + ", static page => page."
                    + property next
                    + ", cancellationToken);"
                )
            | None, None -> source.Line "throw new NotSupportedException();")

        let required, optional = own |> List.partition _.IsRequired

        match optional with
        | [] -> ()
        | left :: _ ->
            source.Gap()

            source.Line(
                "/// <summary>"
                + Source.doc (
                    endpoint.Summary.TrimEnd '.'
                    + ": all pages, with nothing said that may be left out."
                )
                + "</summary>"
            )

            required |> List.iter (OperationSource.documentArgument source)
            documentToken source
            OperationSource.markObsolete source endpoint

            source.Line(
                "public IAsyncEnumerable<"
                + item
                + "> "
                + allMethod
                + "("
                + lead required
                + "CancellationToken cancellationToken) =>"
            )

            let passedOn =
                required |> List.map (fun argument -> named argument argument.Name + ", ")

            // Named, one that is left out says which of the two methods is meant.
            let rest = named left "null" + ", cancellationToken: cancellationToken);"
            source.Deeper(fun () -> source.Line(allMethod + "(" + String.Concat passedOn + rest))

    let private writeCall (catalogue: Catalogue) (source: Source) (file: string) (client: ServiceClient) (call: Call) =
        let endpoint = call.Endpoint
        let arguments = OperationSource.argumentsOf catalogue Home call
        let answer = OperationSource.answerType catalogue Home endpoint
        let method = Names.pascal endpoint.Name
        let operation = operationsClass catalogue file client call + "." + method
        source.Gap()
        let documented = arguments |> List.filter (fun argument -> argument.Name <> "file")
        documentCall source endpoint documented

        OperationSource.markObsolete source endpoint

        match endpoint.Body, endpoint.Answer with
        | FileBody _, _ -> writeUpload source answer method operation arguments
        | _, BytesBack -> writeDownload source endpoint method operation arguments
        | _ ->
            let task =
                if answer = "NoContent" then
                    "Task"
                else
                    "Task<" + answer + ">"

            let lead = comma (String.Join(", ", arguments |> List.map OperationSource.declare))

            source.Line(
                "public virtual "
                + task
                + " "
                + method
                + "Async("
                + lead
                + "CancellationToken cancellationToken = default) =>"
            )

            source.Deeper(fun () ->
                source.Line(
                    "Client.SendAsync("
                    + operation
                    + "("
                    + pass arguments
                    + "), cancellationToken);"
                ))

        match endpoint.Paging with
        | Some paging -> writePages catalogue source answer endpoint paging method arguments
        | None -> ()

    /// The file of a service's client.
    let writeService (catalogue: Catalogue) (file: string) (client: ServiceClient) =
        let catalogue = inFacade catalogue
        let source = Source.start ("api/" + file) [ "System.Text.Json" ] "WeChatPay"

        source.Line(
            "/// <summary>"
            + Source.doc client.Service.Summary
            + " Each call throws as <see cref=\"MerchantClient.SendAsync{TAnswer}\"/> does.</summary>"
        )

        source.Line("public partial class " + client.Class)
        source.Open()
        source.Line "private readonly MerchantClient? _client;"
        source.Gap()
        source.Line("internal " + client.Class + "(MerchantClient client) => _client = client;")
        source.Gap()
        source.Line "/// <summary>For replacing the client in a user's own tests.</summary>"
        source.Line("protected " + client.Class + "()")
        source.Open()
        source.Close()
        source.Gap()
        source.Line "private MerchantClient Client => _client ?? throw MerchantClient.MadeForTests();"
        client.Calls |> List.iter (writeCall catalogue source file client)
        source.Close()
        source.ToString()

    /// The class of a kind's client.
    let className kind =
        match kind with
        | DirectClient -> "WeChatPayClient"
        | other -> "WeChatPay" + Variants.prefix other + "Client"

    /// The property under which a kind's client has a service: without its own kind's name.
    let propertyOf kind (service: Service) =
        let prefix = Variants.prefix kind

        if service.Property <> service.Class && service.Class.StartsWith prefix then
            service.Property
        else
            service.Class

    /// The file of a kind's client: the services that it may call.
    let writeKind (kind: ClientKind) (clients: ServiceClient list) =
        let source = Source.start "api/" [] "WeChatPay"
        source.Line("public partial class " + className kind)
        source.Open()

        for client in clients |> List.sortBy (fun client -> propertyOf kind client.Service) do
            source.Gap()
            source.Line("/// <summary>" + Source.doc client.Service.Summary + "</summary>")

            source.Line(
                "public virtual "
                + client.Class
                + " "
                + propertyOf kind client.Service
                + " => field ??= new "
                + client.Class
                + "(this);"
            )

        source.Close()
        source.ToString()
