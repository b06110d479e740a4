namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>
/// Cuts connections on which an answer broke off after its status 200. Without that the web server would end the response as a whole one:
/// many clients, the official one for .NET among them, don't read the error event and take what came for the answer.
/// </summary>
internal static class BrokenAnswers
{
    /// <summary>Has the connection closed, without the end of the response, after what is written has been sent.</summary>
    /// <param name="http">The connection.</param>
    /// <param name="code">What went wrong, as the code of an error.</param>
    public static void Cut(HttpContext http, string code) => http.Features.Set(new BrokenAnswer(code));

    /// <summary>
    /// Adds the cutting. It comes before all else: the web server cuts a response only for an exception, and nobody else is to see it.
    /// </summary>
    public static void UseCutOfBrokenAnswers(this WebApplication app) => app.Use(static async (http, next) =>
    {
        await next(http);
        if (http.Features.Get<BrokenAnswer>() is { } broken)
            throw new BrokenAnswerException(broken.Code);
    });

    private sealed record BrokenAnswer(string Code);
}

/// <summary>Tells the web server that a response must not look whole.</summary>
/// <param name="code">What went wrong, as the code of an error.</param>
internal sealed class BrokenAnswerException(string code) : Exception($"The answer broke off: {code}.");
