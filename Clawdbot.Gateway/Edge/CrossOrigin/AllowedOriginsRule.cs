using System.Globalization;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.CrossOrigin;

/// <summary>Refuses the start of a gateway with an allowed origin that no browser would ever send.</summary>
internal sealed class AllowedOriginsRule : IValidateOptions<EdgeOptions>
{
    /// <summary>Stands for every origin.</summary>
    public const string Any = "*";

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        var problems = options.AllowedOrigins.Where(o => o != Any && !IsOrigin(o)).Select(Mistake).ToList();
        if (options.AllowedOrigins is { Count: > 1 } several && several.Contains(Any))
            problems.Add("Edge:AllowedOrigins has * beside other origins. Write * alone, or the origins without it.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static string Mistake(string text) => $"Edge:AllowedOrigins has '{text}', which is no origin as browsers send it. Write "
        + "scheme, host and, where it is not the usual one, port, as in https://chat.example or http://localhost:3000; or * alone for "
        + "every origin.";

    /// <summary>Whether a browser could send it: lower case, no path, no default port. Applications have schemes of their own.</summary>
    private static bool IsOrigin(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return false;
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost; // the latter without its brackets
        return text == $"{uri.Scheme}://{host}{(uri.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"))}";
    }
}
