using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Replicas of one model that can't all do the same: a longer context, pictures, tools.</summary>
public sealed class UnsupportedTests
{
    private const string TooLong = "This model's maximum context length is 4096 tokens.";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_prompt_that_is_too_long_for_one_is_answered_by_one_with_a_longer_context(bool stream)
    {
        await using var fleet = await ScriptedFleet.StartAsync(3);
        foreach (var (shim, context) in fleet.Shims.Zip((int[])[4096, 4096, 8192]))
            Context(shim, context, enough: 8192);
        await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        await ToldAsync(fleet);
        for (var i = 0; i < 6; i++)
        {
            var before = fleet.Generations;
            var seen = await fleet.Gateway.Chat.AskAsync("count", stream);

            Assert.Equal((200, HostileShim.Answer), (seen.Status, seen.Text));
            Assert.InRange(fleet.Generations - before, 1, 2); // the second short one is not asked
        }
        Assert.All((await fleet.Gateway.Fleet.NowAsync()).Replicas, r => Assert.Equal("Healthy", r.State));
    }

    [Theory]
    [InlineData(4096, 1)]
    [InlineData(null, 1)] // nobody says how long its context is: all of one identity are taken for alike
    public async Task Where_none_is_longer_the_client_hears_it_after_one_look(int? context, int asked)
    {
        await using var fleet = await ScriptedFleet.StartAsync(3);
        fleet.Shims.ForEach(s => Context(s, context, enough: 8192));
        await ToldAsync(fleet);
        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.Equal((400, GenerationError.ContextLengthExceeded), (seen.Status, seen.ErrorCode));
        Assert.Equal(asked, fleet.Generations);
    }

    [Fact]
    public async Task One_that_says_it_takes_no_pictures_gets_none_while_another_does()
    {
        await using var fleet = await ScriptedFleet.StartAsync(2);
        fleet.Shims[0].Lacks = [Capabilities.Pictures, Capabilities.Tools];
        fleet.Shims.ForEach(s => s.Choose = _ => s.Lacks.Count > 0 ? g => RefuseAsync(g, GenerationError.ImagesNotSupported) : null);
        await ToldAsync(fleet);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(200, (await AskAsync(fleet, Picture)).Status);
            Assert.Equal(200, (await AskAsync(fleet, "\"hi\"", ",\"tools\":[{}]")).Status);
        }
        Assert.Equal((0, 8), (fleet.Shims[0].Generations, fleet.Shims[1].Generations));

        // Where none does, one says so itself.
        fleet.Shims[1].Lacks = fleet.Shims[0].Lacks;
        await ToldAsync(fleet, twice: true);
        var refused = await AskAsync(fleet, Picture);
        Assert.Equal((400, GenerationError.ImagesNotSupported), (refused.Status, refused.ErrorCode));
        Assert.InRange(fleet.Generations, 9, 10);
    }

    [Fact]
    public async Task A_request_that_all_refuse_is_sent_to_four_at_most()
    {
        await using var fleet = await ScriptedFleet.StartAsync(6);
        fleet.Shims.ForEach(s => s.Choose = _ => g => RefuseAsync(g, GenerationError.ToolsNotSupported));
        var seen = await AskAsync(fleet, "\"hi\"", ",\"tools\":[{}]");

        Assert.Equal((400, GenerationError.ToolsNotSupported, 4), (seen.Status, seen.ErrorCode, fleet.Generations));
    }

    [Fact]
    public async Task One_whose_lack_nobody_knew_is_left_for_another_without_a_strike()
    {
        await using var fleet = await ScriptedFleet.StartAsync(2);
        fleet.Shims[0].Choose = _ => g => RefuseAsync(g, GenerationError.ImagesNotSupported);
        for (var i = 0; i < 6; i++)
        {
            var seen = await AskAsync(fleet, Picture);
            Assert.Equal((200, HostileShim.Answer), (seen.Status, seen.Text));
        }

        Assert.All((await fleet.Gateway.Fleet.NowAsync()).Replicas, r => Assert.Equal(("Healthy", "serving"), (r.State, r.Reason)));
    }

    private const string Picture =
        """[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]""";

    private static Task<ObservedAnswer> AskAsync(ScriptedFleet fleet, string content, string more = "") =>
        fleet.Gateway.Chat.SendAsync(ChatClient.Body(content, stream: false, seed: null, more, ChatClient.Model), stream: false);

    private static void Context(HostileShim shim, int? context, int enough)
    {
        shim.ContextTokens = context;
        shim.Choose = _ => context >= enough ? null : g => RefuseAsync(g, GenerationError.ContextLengthExceeded);
    }

    private static async Task RefuseAsync(HostileShim.HostileGeneration generation, string code)
    {
        generation.Http.Response.StatusCode = 400;
        await generation.Http.Response.WriteAsJsonAsync(new GenerationError(code, TooLong), WireJson.Default.GenerationError);
    }

    /// <summary>Waits until the gateway has read a status of each shim that was written from now on.</summary>
    private static async Task ToldAsync(ScriptedFleet fleet, bool twice = false)
    {
        foreach (var capacity in twice ? (int[])[HostileShim.PlacesOfOne + 2] : [HostileShim.PlacesOfOne + 1])
        {
            fleet.Shims.ForEach(s => s.Capacity = capacity);
            await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.Capacity == capacity));
        }
    }
}
