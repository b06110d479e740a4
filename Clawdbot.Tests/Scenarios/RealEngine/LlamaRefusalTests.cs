using Clawdbot.Testing.Load;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>What real servers of llama.cpp refuse is the client's fault: it is told so, and no replica suffers for it.</summary>
public sealed class LlamaRefusalTests(SharedLlamaFleet shared) : IClassFixture<SharedLlamaFleet>
{
    /// <summary>More than the strikes that eject a replica, on each of the two.</summary>
    private const int Times = 8;

    public static TheoryData<string, string> Refused => new()
    {
        { "unsupported_value", ",\"n\":2" },
        { "", ",\"grammar\":\"root ::= (\"" },
        { "", ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"nonsense\"}}}" },
        { "", ",\"tools\":[{\"type\":\"nonsense\"}]" },
        { "", ",\"tools\":\"nonsense\"" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public Task Such_a_request_is_refused_and_both_replicas_go_on(string code, string more) => RefusedAsync(
        shared.Fleet, code, stream => shared.Fleet.Chat.AskAsync("hello", stream, more: more + ",\"max_tokens\":5"));

    [Fact]
    public Task A_prompt_beyond_the_context_is_refused_and_both_replicas_go_on() => RefusedAsync(
        shared.Fleet, "context_length_exceeded",
        stream => shared.Fleet.Chat.AskAsync(string.Concat(Enumerable.Repeat("What are you? ", 2000)), stream));

    [Fact]
    public async Task A_picture_is_refused_where_there_is_no_projector_and_text_is_answered()
    {
        await using var fleet = await LlamaFleet.StartAsync(shims: 1, takesPictures: false, SharedGateway.Trusting);
        await RefusedAsync(fleet, "images_not_supported", stream => fleet.Chat.AskAboutAsync(LlamaQuestions.Red, "What is this?", stream));

        Assert.True(await fleet.Chat.AskAsync("hello", stream: true, more: ",\"max_tokens\":5") is { Whole: true, Attempts: 1 });
    }

    private static async Task RefusedAsync(LlamaFleet fleet, string code, Func<bool, Task<ObservedAnswer>> ask)
    {
        await fleet.HealthyAsync();
        var before = await StatesAsync(fleet);
        for (var i = 0; i < Times; i++)
        {
            var seen = await ask(i % 2 == 0);
            Assert.Equal(400, seen.Status);
            Assert.True(code.Length == 0 ? seen.ErrorCode is { Length: > 0 } : seen.ErrorCode == code, $"{seen}");
        }
        Assert.Equal(before, await StatesAsync(fleet)); // a strike would show as another state, and its reason
        Assert.All(fleet.Shims, shim => Assert.Single(shim.Engines));
    }

    private static async Task<IReadOnlyList<(string State, string Reason)>> StatesAsync(LlamaFleet fleet) =>
        [.. (await Task.WhenAll(fleet.Shims.Select(fleet.ViewsAsync))).SelectMany(views => views).Select(r => (r.State, r.Reason))];
}
