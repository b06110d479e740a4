using System.Text.Json.Nodes;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;
using Xunit;

namespace Clawdbot.Tests.Testing.Load;

/// <summary>A defect of each kind is planted between a good server and the drill: the checker must see it, and call it by its name.</summary>
public sealed class PlantedDefectTests(PlantedDefectTests.Taught taught) : IClassFixture<PlantedDefectTests.Taught>, IAsyncLifetime
{
    private const string Broken = "\"content\":\"";

    private PlantedProxy _proxy = null!;

    /// <summary>Name, whether the answer is streamed, what the proxy does, the verdict.</summary>
    private static readonly Dictionary<string, (bool Stream, Func<List<string>, IEnumerable<string?>> Do, Verdict Verdict)> Defects = new()
    {
        ["passes everything on"] = (true, e => e, Verdict.Right),
        ["passes a document on"] = (false, e => e, Verdict.Right),
        ["drops a piece"] = (true, e => e.Where((_, i) => i != 5), Verdict.Lost),
        ["drops the first piece"] = (true, e => e.Where((_, i) => i != 1), Verdict.Lost),
        ["repeats a piece"] = (true, e => [.. e[..6], e[5], .. e[6..]], Verdict.Duplicated),
        ["repeats some pieces"] = (true, e => [.. e[..7], .. e[3..7], .. e[7..]], Verdict.Duplicated),
        ["swaps two pieces"] = (true, e => [.. e[..5], e[6], e[5], .. e[7..]], Verdict.Reordered),
        ["leaves the end out and ends well"] = (true, e => [.. e[..6], .. e[^3..]], Verdict.Truncated),
        ["leaves the end of a document out"] = (false, e => [Shortened(e[0])], Verdict.Truncated),
        ["makes an answer up"] = (true, e => e.Select((x, i) => i is > 1 and < 6 ? x.Replace(Broken, Broken + "so ", StringComparison.Ordinal) : x), Verdict.Altered),
        ["says 200 and nothing"] = (true, _ => ["data: [DONE]\n\n"], Verdict.Altered),
        ["says 200 and an empty body"] = (false, _ => [], Verdict.Failed),
        ["counts wrongly"] = (true, e => e.Select(x => x.Replace("\"completion_tokens\":", "\"completion_tokens\":1", StringComparison.Ordinal)), Verdict.Misframed),
        ["says that it was cut by length"] = (true, e => e.Select(x => x.Replace("\"finish_reason\":\"length\"", "\"finish_reason\":\"stop\"", StringComparison.Ordinal)), Verdict.Misframed),
        ["begins twice"] = (true, e => [e[0], .. e], Verdict.Misframed),
        ["changes the id"] = (true, e => e.Select((x, i) => i == 4 ? x.Replace("chatcmpl-", "chatcmpl-x", StringComparison.Ordinal) : x), Verdict.Misframed),
        ["forgets the [DONE]"] = (true, e => e[..^1], Verdict.Failed),
        ["breaks in the middle"] = (true, e => [.. e[..6], null], Verdict.Failed),
        ["repeats a piece and breaks off"] = (true, e => [.. e[..6], e[5]], Verdict.Altered),
        ["spoils an event"] = (true, e => [.. e[..6], "data: {\"id\n\n", .. e[6..]], Verdict.Failed),
        ["sends an error event"] = (true, e => [.. e[..6], "data: {\"error\":{\"code\":\"engine_failed\"}}\n\n"], Verdict.Failed),
        ["sends an error event and ends well"] = (true, e => [.. e[..6], "data: {\"error\":{\"code\":\"engine_failed\"}}\n\n", e[^1]], Verdict.Failed),
    };

    public static TheoryData<string> EveryDefect => [.. Defects.Keys];

    public async ValueTask InitializeAsync() => _proxy = await PlantedProxy.StartAsync(taught.Gateway);

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    [Theory]
    [MemberData(nameof(EveryDefect))]
    public async Task A_planted_defect_is_called_by_its_name(string defect)
    {
        var (stream, change, verdict) = Defects[defect];
        var (plan, key) = stream ? taught.Streamed : taught.Plain;
        var bank = new QuestionBank(plan, new Random(1));

        _proxy.Defect = change;
        using var through = Clients.Create(_proxy.Address, null);
        var load = new LoadRun(new ChatClient(through), new Checker(key), TimeSpan.FromSeconds(30), TimeProvider.System);
        await load.RunAsync(ArrivalSchedule.Draw(plan.Steps, new Random(1)), bank.Next, TestContext.Current.CancellationToken);

        Assert.Equal(20, load.Samples.Count);
        Assert.All(load.Samples, s => Assert.True(s.Verdict == verdict, $"{s.Question}: {s.Verdict}: {s.Detail}"));
    }

    /// <summary>The good server, and what it says to each question.</summary>
    public sealed class Taught : IAsyncLifetime
    {
        private readonly FastFleet _fleet = new();

        internal Uri Gateway => _fleet.Gateway.Address;

        internal (LoadPlan Plan, ExpectedAnswers Key) Streamed { get; private set; }

        internal (LoadPlan Plan, ExpectedAnswers Key) Plain { get; private set; }

        public async ValueTask InitializeAsync()
        {
            await _fleet.InitializeAsync();
            (Streamed, Plain) = (await LearnAsync(1), await LearnAsync(0));
        }

        public ValueTask DisposeAsync() => _fleet.DisposeAsync();

        private async Task<(LoadPlan, ExpectedAnswers)> LearnAsync(double streaming)
        {
            using var direct = Clients.Create(Gateway, null);
            var step = new LoadStep { Rate = 200, Seconds = 0.1, Even = true };
            var plan = new LoadPlan { Streaming = streaming, Pictures = 0, MaxTokens = 24, Steps = [step] };
            var key = await ExpectedAnswers.LearnAsync(new ChatClient(direct), new QuestionBank(plan, new Random(1)).All,
                CancellationToken.None);
            Assert.True(key.IsComplete);
            return (plan, key);
        }
    }

    private static string Shortened(string document)
    {
        var answer = JsonNode.Parse(document)!;
        var message = answer["choices"]![0]!["message"]!;
        var text = message["content"]!.GetValue<string>();
        var half = text.Length / 2;
        message["content"] = text[..(char.IsHighSurrogate(text[half - 1]) ? half - 1 : half)];
        return answer.ToJsonString();
    }
}
