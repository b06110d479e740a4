using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI;
using ChatClient = Clawdbot.Testing.Load.ChatClient;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The clients of .NET that people use.</summary>
public enum DotNetClientKind
{
    OpenAi,
    ExtensionsAi,
    SemanticKernel,
}

/// <summary>One of them, without retries of its own.</summary>
internal static class DotNetClient
{
    /// <summary>The texts of an answer's pieces as they come, of a plain answer one.</summary>
    public static async IAsyncEnumerable<string> AskAsync(DotNetClientKind kind, Uri address, string question, bool stream)
    {
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions
        {
            Endpoint = new Uri(address, "/v1"), RetryPolicy = new ClientRetryPolicy(0), NetworkTimeout = TimeSpan.FromMinutes(5),
        });
        var chat = client.GetChatClient(ChatClient.Model);
        switch (kind, stream)
        {
            case (DotNetClientKind.OpenAi, true):
                await foreach (var update in chat.CompleteChatStreamingAsync(question))
                    yield return string.Concat(update.ContentUpdate.Select(c => c.Text));
                break;
            case (DotNetClientKind.OpenAi, false):
                yield return (await chat.CompleteChatAsync(question)).Value.Content.Single().Text;
                break;
            case (DotNetClientKind.ExtensionsAi, true):
                await foreach (var update in chat.AsIChatClient().GetStreamingResponseAsync(question))
                    yield return update.Text;
                break;
            case (DotNetClientKind.ExtensionsAi, false):
                yield return (await chat.AsIChatClient().GetResponseAsync(question)).Text;
                break;
            case (DotNetClientKind.SemanticKernel, true):
                await foreach (var update in Kernel(client).GetStreamingChatMessageContentsAsync(question))
                    yield return update.Content ?? "";
                break;
            default:
                yield return (await Kernel(client).GetChatMessageContentAsync(question)).Content ?? "";
                break;
        }
    }

    private static OpenAIChatCompletionService Kernel(OpenAIClient client) => new(ChatClient.Model, client);
}
