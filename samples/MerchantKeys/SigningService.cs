using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace MerchantKeys;

/// <summary>The other service, for the sample: has the key, and signs for whoever has the token. A real one is a vault, asks for a client certificate, and keeps a log of what it signed for whom.</summary>
internal static class SigningService
{
    private const int Largest = 64 * 1024;

    public static async Task<WebApplication> StartAsync(string privateKeyPem, string token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = Largest);
        var key = RSA.Create();
        key.ImportFromPem(privateKeyPem);
        builder.Services.AddSingleton(key);
        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            if (IsAllowed(context.Request, token))
            {
                await next(context).ConfigureAwait(false);
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            }
        });
        app.MapPost("/sign", SignAsync);
        app.MapPost("/decrypt", DecryptAsync);
        await app.StartAsync().ConfigureAwait(false);
        return app;
    }

    private static bool IsAllowed(HttpRequest request, string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes("Bearer " + token));

    private static async Task<IResult> SignAsync(HttpRequest request, RSA key) =>
        TypedResults.Bytes(key.SignData(await ReadAsync(request).ConfigureAwait(false), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private static async Task<Results<FileContentHttpResult, UnprocessableEntity>> DecryptAsync(HttpRequest request, RSA key)
    {
        var ciphertext = await ReadAsync(request).ConfigureAwait(false);
        try
        {
            return TypedResults.Bytes(key.Decrypt(ciphertext, RSAEncryptionPadding.OaepSHA1));
        }
        catch (CryptographicException)
        {
            return TypedResults.UnprocessableEntity();
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes).ConfigureAwait(false);
        return bytes.ToArray();
    }
}
