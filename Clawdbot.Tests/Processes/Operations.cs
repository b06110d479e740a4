using System.Net;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Processes;

/// <summary>What operators and clients do to a gateway, as several tests need it.</summary>
internal static class Operations
{
    /// <summary>An admin verb on its internal listener.</summary>
    public static async Task<HttpStatusCode> VerbAsync(this GatewayProcess gateway, string id, string verb)
    {
        using var response = await gateway.Http.PostAsync(new Uri(gateway.Inside, $"admin/replicas/{id}/{verb}"), null, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    /// <summary>A client that asks again as soon as it is answered, until it is <paramref name="enough"/>; what it has begun it asks to the end.</summary>
    public static Task<List<ObservedAnswer>> AskWithoutPauseAsync(this GatewayProcess gateway, bool stream, CancellationToken enough) =>
        gateway.Chat.AskWithoutPauseAsync(stream, enough);

    /// <summary>The same, through whatever it is the client of.</summary>
    public static async Task<List<ObservedAnswer>> AskWithoutPauseAsync(this ChatClient chat, bool stream, CancellationToken enough)
    {
        var answers = new List<ObservedAnswer>();
        while (!enough.IsCancellationRequested)
            answers.Add(await chat.AskAsync("What are you?", stream, cancellation: CancellationToken.None));
        return answers;
    }
}
