/// A merchant of a simulated platform, whose settings are right but for what a test plants in them, and what `wechatpay doctor` says of them.
module WeChatPay.Tests.PlantedFaults

open System
open System.IO
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay.Simulator
open WeChatPay.Tests.ToolProcess

/// Where a fault is planted.
type Patient =
    {
        Platform: WeChatPaySimulator
        Folder: string
        /// The section `WeChatPay`.
        Settings: JsonObject
    }

    member patient.Set(name: string, value: string) =
        patient.Settings[name] <- JsonValue.Create value

    member patient.Drop(name: string) = patient.Settings.Remove name |> ignore

    /// A file beside the configuration, for its owner alone.
    member patient.Write(name: string, bytes: byte array) =
        let path = Path.Combine(patient.Folder, name)
        File.WriteAllBytes(path, bytes)
        File.SetUnixFileMode(path, UnixFileMode.UserRead ||| UnixFileMode.UserWrite)

    member patient.Write(name: string, text: string) =
        patient.Write(name, Encoding.UTF8.GetBytes text)

    member patient.Config = Path.Combine(patient.Folder, "merchant.json")

    /// The setting's file under this name, with this content.
    member patient.Give(setting: string, name: string, text: string) =
        patient.Write(name, text)
        patient.Set(setting, name)

/// What is said of a check.
type Line =
    {
        Check: string
        Verdict: string
        Code: string
    }

/// What the doctor says of everything.
type Report =
    {
        Exit: int
        Lines: Line list
        Said: Said
    }

    member report.With verdict =
        [
            for line in report.Lines do
                if line.Verdict = verdict then
                    line.Check, line.Code
        ]

/// A certificate of this public key and serial, by somebody, for these days from now.
let certify (publicKey: PublicKey) (serial: string) (fromDay: float) (toDay: float) =
    use issuer = RSA.Create 2048

    let request =
        CertificateRequest(X500DistinguishedName "CN=planted", publicKey, HashAlgorithmName.SHA256)

    use certificate =
        request.Create(
            X500DistinguishedName "CN=issuer",
            X509SignatureGenerator.CreateForRSA(issuer, RSASignaturePadding.Pkcs1),
            DateTimeOffset.UtcNow.AddDays fromDay,
            DateTimeOffset.UtcNow.AddDays toDay,
            Convert.FromHexString serial
        )

    certificate.ExportCertificatePem()

let publicKeyOf (pem: string) =
    use certificate = X509Certificate2.CreateFromPem(pem.AsSpan())
    certificate.PublicKey

let private save (patient: Patient) =
    let root = JsonObject()
    root["WeChatPay"] <- patient.Settings
    patient.Write("merchant.json", root.ToJsonString())

let private linesOf (said: Said) =
    [
        for finding in said.Json.GetProperty("findings").EnumerateArray() do
            let text (name: string) =
                nonNull (finding.GetProperty(name).GetString())

            Expect.isNotEmpty (text "cause") "a cause"
            Expect.isNotEmpty (text "remedy") "a remedy"

            {
                Check = text "check"
                Verdict = text "verdict"
                Code = text "code"
            }
    ]

/// The right configuration, a change of it, and what the tool then ends with.
let examineWith (run: Patient -> string list -> Task<Said>) options arguments (plant: Patient -> unit) : Task<Said> =
    task {
        let folder = Directory.CreateTempSubdirectory "doctor-"

        use! platform = WeChatPaySimulator.StartAsync(options, CancellationToken.None)

        try
            let path = Path.Combine(folder.FullName, "merchant.json")
            do! platform.WriteConfigAsync path
            let! text = File.ReadAllTextAsync path
            let section = (nonNull (JsonNode.Parse text)).AsObject()["WeChatPay"]
            let settings = (nonNull section).DeepClone().AsObject()

            let patient =
                {
                    Platform = platform
                    Folder = folder.FullName
                    Settings = settings
                }

            patient.Give("MerchantCertificateFile", "apiclient_cert.pem", platform.MerchantCertificatePem)
            plant patient
            save patient
            let! said = run patient arguments
            Expect.isFalse ((said.Output + said.Errors).Contains platform.ApiV3Key) "no APIv3 key is shown"
            Expect.isFalse ((said.Output + said.Errors).Contains "PRIVATE KEY") "no private key is shown"
            return said
        finally
            folder.Delete true
    }

let private runDoctor (patient: Patient) arguments : Task<Said> =
    run [ "LC_ALL", "C" ] ([ "doctor"; "--config"; patient.Config ] @ arguments)

/// The same as JSON, read.
let examine options arguments plant : Task<Report> =
    task {
        let! said = examineWith runDoctor options ("--json" :: arguments) plant

        Expect.equal said.Errors "" "nothing on stderr"
        let lines = linesOf said

        let isWrong = lines |> List.exists (fun line -> line.Verdict = "wrong")
        Expect.equal said.Exit (if isWrong then 1 else 0) "the exit code"
        Expect.equal (said.Json.GetProperty("ok").GetBoolean()) (not isWrong) "ok"

        return
            {
                Exit = said.Exit
                Lines = lines
                Said = said
            }
    }

let usual () = WeChatPaySimulatorOptions()

[<Literal>]
let NotifyUrl = "https://shop.example.com/wechatpay"

let withNotifyUrl = [ "--notify-url"; NotifyUrl ]

/// A clock that is off.
type ShiftedClock(by: TimeSpan) =
    inherit TimeProvider()
    override _.GetUtcNow() = DateTimeOffset.UtcNow + by
