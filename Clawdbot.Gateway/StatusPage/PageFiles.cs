using System.Collections.Frozen;
using System.Reflection;
using System.Text;

namespace Clawdbot.Gateway.StatusPage;

/// <summary>Serves the files of the status page, which are resources of the assembly.</summary>
internal static class PageFiles
{
    private const string Prefix = "page/";
    private const string Index = "index.html";
    private const string Policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    /// <summary>Maps <c>/</c> and one route for each file.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes, string token)
    {
        foreach (var (name, bytes) in Load())
        {
            var content = name == Index
                ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("{{token}}", token, StringComparison.Ordinal))
                : bytes;
            routes.MapGet(name == Index ? "/" : $"/{name}", http => SendAsync(http, content, Type(name)));
        }
    }

    private static Task SendAsync(HttpContext http, byte[] content, string type)
    {
        http.Response.ContentType = type;
        http.Response.ContentLength = content.Length;
        http.Response.Headers.CacheControl = "no-cache"; // a restarted gateway has another token, perhaps another page
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return http.Response.Body.WriteAsync(content, http.RequestAborted).AsTask();
    }

    private static FrozenDictionary<string, byte[]> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(n => n[Prefix.Length..], n =>
            {
                using var stream = assembly.GetManifestResourceStream(n)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return bytes;
            });
    }

    private static string Type(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
