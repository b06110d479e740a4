using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using System.ClientModel;
using System.Text;
using System.Text.Json;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Xunit;
using OpenAiChat = OpenAI.Chat.ChatClient;

namespace Clawdbot.Tests.Scenarios;

#pragma warning disable OPENAI001 // the seed is what the client calls experimental

/// <summary>OpenAI's own client, pointed here and told nothing else.</summary>
public sealed class OpenAiClientTests(FastGateway fast) : IClassFixture<FastGateway>
{
    private const string Model = Clawdbot.Testing.Load.ChatClient.Model;
    private const string Question = "What are you? 你好 🙂";

    private readonly GatewayProcess _gateway = fast.Process;
    private readonly OpenAiChat _chat = Client(fast.Process, Model);

    [Fact]
    public async Task A_completion_has_text_usage_and_a_reason_to_end()
    {
        ChatCompletion answer = await _chat.CompleteChatAsync(
            [new SystemChatMessage("Be brief."), new UserChatMessage("Hello"), new AssistantChatMessage("Hello."), new UserChatMessage(Question)]);

        Assert.Contains("🙂", answer.Content.Single().Text, StringComparison.Ordinal);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(ChatMessageRole.Assistant, answer.Role);
        Assert.Equal(Model, answer.Model);
        Assert.StartsWith("chatcmpl-", answer.Id, StringComparison.Ordinal);
        Assert.True(answer.Usage is { InputTokenCount: > 0, OutputTokenCount: > 0 });
        Assert.Equal(answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount);
        Assert.InRange(TimeProvider.System.GetUtcNow() - answer.CreatedAt, TimeSpan.FromSeconds(-5), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_streamed_completion_is_the_plain_one_in_pieces()
    {
        ChatCompletion plain = await _chat.CompleteChatAsync([new UserChatMessage(Question)], new() { Seed = 5 });
        var (text, updates) = await StreamAsync(_chat, Question, new() { Seed = 5 });

        Assert.Equal(plain.Content.Single().Text, text);
        Assert.True(updates.Count > 10, $"It came in {updates.Count} pieces.");
        Assert.Single(updates.Select(u => u.CompletionId).Distinct());
        Assert.Equal([ChatFinishReason.Stop], updates.Select(u => u.FinishReason).OfType<ChatFinishReason>());
        Assert.Equal([ChatMessageRole.Assistant], updates.Select(u => u.Role).OfType<ChatMessageRole>());
        var usage = Assert.Single(updates.Select(u => u.Usage).OfType<ChatTokenUsage>());
        Assert.Equal((plain.Usage.InputTokenCount, plain.Usage.OutputTokenCount), (usage.InputTokenCount, usage.OutputTokenCount));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_text_and_no_seed_another()
    {
        var (same, others) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < 8; i++)
        {
            same.Add((await _chat.CompleteChatAsync([new UserChatMessage(Question)], new() { Seed = 11 })).Value.Content.Single().Text);
            others.Add((await _chat.CompleteChatAsync(Question)).Value.Content.Single().Text);
        }

        Assert.Single(same);
        Assert.True(others.Count > 1, "Eight answers without a seed are all the same.");
    }

    [Fact]
    public async Task Temperature_0_draws_nothing_so_that_every_answer_is_the_same_also_without_a_seed()
    {
        var answers = new HashSet<string>();
        for (var i = 0; i < 6; i++)
            answers.Add((await _chat.CompleteChatAsync([new UserChatMessage(Question)], new() { Temperature = 0, Seed = i % 2 == 0 ? null : i })).Value.Content.Single().Text);

        Assert.Single(answers);
    }

    [Fact]
    public async Task The_most_tokens_are_kept_to_and_said_to_be_the_reason()
    {
        ChatCompletion answer = await _chat.CompleteChatAsync([new UserChatMessage(Question)], new() { MaxOutputTokenCount = 5 });

        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(5, answer.Usage.OutputTokenCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_answer_ends_before_a_stop_string(bool stream)
    {
        ChatCompletion whole = await _chat.CompleteChatAsync([new UserChatMessage(Question)], new() { Seed = 3 });
        var text = whole.Content.Single().Text;
        var stop = text.Substring(text.Length / 2, 6);
        var options = new ChatCompletionOptions { Seed = 3, StopSequences = { stop } };
        var stopped = stream
            ? (await StreamAsync(_chat, Question, options)).Text
            : (await _chat.CompleteChatAsync([new UserChatMessage(Question)], options)).Value.Content.Single().Text;

        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], stopped);
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("image/jpeg")]
    [InlineData("image/webp")]
    public async Task A_picture_is_described_by_its_true_size_and_colour(string type)
    {
        var (green, yellow) = (((byte)20, (byte)140, (byte)60), ((byte)240, (byte)200, (byte)20));
        var file = type switch
        {
            "image/png" => Pictures.Png(317, 211, green, yellow),
            "image/jpeg" => Pictures.Jpeg(317, 211, green, yellow),
            _ => Pictures.WebP(317, 211, green, yellow),
        };
        ChatCompletion answer = await _chat.CompleteChatAsync(
            [new UserChatMessage(ChatMessageContentPart.CreateTextPart("Describe it"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(file), type))]);
        ChatCompletion withoutPicture = await _chat.CompleteChatAsync("Describe it");

        Assert.Contains("317x211", answer.Content.Single().Text, StringComparison.Ordinal);
        Assert.Matches("[Gg]reen[^0-9]*(89|90|91)%|(89|90|91)% green", answer.Content.Single().Text);
        Assert.True(answer.Usage.InputTokenCount > withoutPicture.Usage.InputTokenCount);
    }

    [Fact]
    public async Task The_models_are_those_that_are_served()
    {
        var models = (await new OpenAIModelClient(new ApiKeyCredential("any"), Options(_gateway)).GetModelsAsync()).Value;

        Assert.Equal([Model], models.Select(m => m.Id));
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_comes_as_the_client_s_own_exception()
    {
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => Client(_gateway, "gpt-9").CompleteChatAsync(Question));
        Assert.Equal((404, "model_not_found"), (unknown.Status, Code(unknown)));
        Assert.Contains(Model, unknown.Message, StringComparison.Ordinal);

        var picture = new UserChatMessage(ChatMessageContentPart.CreateImagePart(BinaryData.FromString("no picture"), "image/png"));
        var plain = await Assert.ThrowsAsync<ClientResultException>(() => _chat.CompleteChatAsync(picture));
        var streamed = await Assert.ThrowsAsync<ClientResultException>(async () =>
        {
            await foreach (var _ in _chat.CompleteChatStreamingAsync(picture))
            {
            }
        });
        Assert.Equal((400, "invalid_image"), (plain.Status, Code(plain)));
        Assert.Equal((400, "invalid_image"), (streamed.Status, Code(streamed)));
    }

    [Theory]
    [InlineData("cancels")]
    [InlineData("stops reading")]
    public async Task A_client_that_leaves_in_the_middle_frees_its_replica_and_its_place(string how)
    {
        var question = new string('x', 2000);
        ChatCompletion whole = await _chat.CompleteChatAsync(question);
        await using var slow = await GatewayProcess.WithLocalReplicasAsync(2, 2, 0);
        using var leaving = new CancellationTokenSource();
        var seen = 0;
        try
        {
            await foreach (var update in Client(slow, Model).CompleteChatStreamingAsync([new UserChatMessage(question)], cancellationToken: leaving.Token))
            {
                if (update.ContentUpdate.Count == 0 || ++seen < 4)
                    continue;
                await slow.Fleet.UntilAsync(f => f.Active == 1 && f.Replicas.Sum(r => r.InFlight) == 1);
                if (how == "stops reading")
                    break;
                await leaving.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
        }

        var fleet = await slow.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r.InFlight == 0));
        Assert.InRange(fleet.Replicas.Sum(r => r.TokensGenerated), 4, whole.Usage.OutputTokenCount / 2);
        Assert.All(fleet.Replicas, r => Assert.Equal("Healthy", r.State));
        Assert.Equal((0, 0), (fleet.Served, fleet.Failed));
        Assert.Equal(1, await slow.MetricAsync("clawdbot_gateway_attempts_total", "outcome=\"client_gone\""));
    }

    private static OpenAiChat Client(GatewayProcess gateway, string model) => new(model, new ApiKeyCredential("any"), Options(gateway));

    private static OpenAIClientOptions Options(GatewayProcess gateway) => new() { Endpoint = new Uri(gateway.Address, "v1") };

    private static async Task<(string Text, List<StreamingChatCompletionUpdate> Updates)> StreamAsync(OpenAiChat chat, string question, ChatCompletionOptions options)
    {
        var text = new StringBuilder();
        var updates = new List<StreamingChatCompletionUpdate>();
        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage(question)], options))
        {
            updates.Add(update);
            foreach (var part in update.ContentUpdate)
                text.Append(part.Text);
        }
        return (text.ToString(), updates);
    }

    private static string? Code(ClientResultException fault)
    {
        using var document = JsonDocument.Parse(fault.GetRawResponse()!.Content);
        return document.RootElement.GetProperty("error").GetProperty("code").GetString();
    }
}
