using Clawdbot.Drill.Faults;
using Clawdbot.Drill.Load;
using Clawdbot.Drill.Processes;
using System.Collections.Concurrent;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Cuts an answer at every place there is, and holds what the client sees against the undisturbed answer.</summary>
public sealed class CutTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly ConcurrentQueue<Disturbance> _script = new();
    private readonly List<IAsyncDisposable> _parts = [];
    private GatewayProcess _gateway = null!;

    /// <summary>Start, finish, usage and done stand around the tokens.</summary>
    private const int EventsBesidesTokens = 4;

    /// <summary>Tokens that travel together to a client that does not stream.</summary>
    private const int Folded = 3;

    public async ValueTask InitializeAsync()
    {
        var addresses = new List<Uri>();
        for (var i = 0; i < 2; i++)
        {
            var shim = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0",
                $"--Api:FoldTokens={Folded}", "--Api:FoldMilliseconds=60000");
            var proxy = await FaultProxy.StartAsync(shim.Address, _script);
            _parts.AddRange([proxy, shim]);
            addresses.Add(proxy.Address);
        }
        _gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Health:StrikesOut=100", "--Health:SuspicionMilliseconds=100",
            $"--Discovery:Replicas:0={addresses[0]}", $"--Discovery:Replicas:1={addresses[1]}");
        await SettledAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        foreach (var part in _parts)
            await part.DisposeAsync();
    }

    [Theory]
    [InlineData("characters of several bytes", true)]
    [InlineData("characters of several bytes", false)]
    [InlineData("max_tokens", true)]
    [InlineData("max_tokens", false)]
    [InlineData("a stop string that comes", true)]
    [InlineData("a stop string that comes", false)]
    [InlineData("a stop string that only begins", true)]
    [InlineData("a stop string that only begins", false)]
    public async Task An_answer_cut_anywhere_is_the_same_and_only_what_was_missing_is_generated(string what, bool stream)
    {
        var more = await ConditionAsync(what);
        var undisturbed = await AskAsync(stream, more);
        var tokens = undisturbed.CompletionTokens!.Value;
        Assert.True(undisturbed.Whole && tokens > 8, $"{undisturbed.Text} {tokens}");

        var (continued, cuts) = (0, Events(tokens, stream) + EventsBesidesTokens);
        for (var cut = 0; cut < cuts; cut++)
            continued += await CutAtAsync(new Disturbance.Cut(cut), undisturbed, tokens, stream, more) ? 1 : 0;
        output.WriteLine($"{what}, {(stream ? "streamed" : "plain")}: {tokens} tokens, {cuts} cuts, {continued} continued on the other replica, all identical");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task An_answer_cut_inside_an_event_is_the_same(bool stream, bool reset)
    {
        var undisturbed = await AskAsync(stream, "");
        var random = new Random(11);
        for (var i = 0; i < 40; i++)
        {
            await SettledAsync();
            _script.Enqueue(new Disturbance.Cut(random.Next(30), random.Next(1, 40), reset));
            var seen = await AskAsync(stream, "");
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen.Whole && seen.RoleDeltas == 1 && seen.Ids == 1);
        }
    }

    [Fact]
    public async Task An_answer_cut_again_and_again_is_the_same()
    {
        var undisturbed = await AskAsync(true, "");
        foreach (var cut in (int[])[3, 4, 1, 5, 2, 7, 3])
            _script.Enqueue(new Disturbance.Cut(cut));
        var seen = await AskAsync(true, "");

        Assert.Equal(undisturbed.Content, seen.Content);
        Assert.Equal(8, seen.Attempts);
    }

    [Fact]
    public async Task Several_choices_cut_anywhere_are_the_same_because_they_are_said_again()
    {
        const string two = ",\"n\":2,\"max_tokens\":12";
        var undisturbed = await AskAsync(true, two);
        Assert.Equal(24, undisturbed.CompletionTokens);
        for (var cut = 0; cut < 24 + EventsBesidesTokens + 1; cut++)
        {
            await SettledAsync();
            _script.Enqueue(new Disturbance.Cut(cut));
            var seen = await AskAsync(true, two);
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen.Whole && !seen.Approximate && seen.RoleDeltas == 1, $"cut {cut}: {seen}");
            Assert.All(seen.Kinds, kind => Assert.Equal(cut > 1 ? "replay" : "restart", kind));
        }
    }

    private async Task<bool> CutAtAsync(Disturbance.Cut cut, SeenAnswer undisturbed, int tokens, bool stream, string more)
    {
        var before = await SettledAsync();
        _script.Enqueue(cut);
        var seen = await AskAsync(stream, more);
        Assert.Equal(undisturbed.Content, seen.Content);
        Assert.True(seen.Whole && seen.ErrorCode is null && seen.RoleDeltas == 1 && seen.Ids == 1, $"cut {cut}: {seen}");

        var received = Math.Clamp((cut.Events - 1) * (stream ? 1 : Folded), 0, tokens); // the first event is the start
        var complete = cut.Events >= Events(tokens, stream) + 2;
        Assert.Equal(complete ? 1 : 2, seen.Attempts);
        var after = await SettledAsync(before.Replicas.Sum(r => r.Generations) + seen.Attempts);
        if (complete || received == 0)
            return false;
        var second = Assert.Single(after.Replicas, r => r.Continued > before[r.Id].Continued);
        Assert.Equal(tokens - received, second.TokensGenerated - before[second.Id].TokensGenerated);
        return true;
    }

    private static int Events(int tokens, bool stream) => stream ? tokens : (tokens + Folded - 1) / Folded;

    private Task<SeenAnswer> AskAsync(bool stream, string more) =>
        _gateway.Chat.AskAsync("请介绍你自己，并复述：鹦鹉螺🐚、螃蟹🦀 and a crab.", stream, seed: 3, more);

    /// <summary>A request's further fields, taken from its own undisturbed answer.</summary>
    private async Task<string> ConditionAsync(string what)
    {
        var whole = await AskAsync(true, "");
        return what switch
        {
            "max_tokens" => $",\"max_tokens\":{whole.CompletionTokens / 2}",
            "a stop string that comes" => $",\"stop\":[\"{whole.Text.Substring(whole.Text.Length / 2, 7)}\"]",
            "a stop string that only begins" => $",\"stop\":[\"{whole.Text.Substring(whole.Text.Length / 2, 7)}#\",\"{whole.Text[^3..]}#\"]",
            _ => "",
        };
    }

    /// <summary>Nothing runs, and the shims have told of as many generations as there must have been.</summary>
    private Task<FleetView> SettledAsync(long generations = 0) => _gateway.Fleet.UntilAsync(f =>
        f.Replicas.Count == 2 && f.Active == 0 && f.Replicas.Sum(r => r.Generations) >= generations && f.Replicas.All(r => r.State is "Healthy" or "Suspect" && r.InFlight == 0));
}
