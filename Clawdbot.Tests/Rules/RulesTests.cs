using Clawdbot.Gateway.Failover;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Rules;

/// <summary>The rules of docs/architecture.md that a machine can hold.</summary>
public sealed class RulesTests(ITestOutputHelper output)
{
    /// <summary>
    /// Files that ask the wall clock, and what for. It is set and it jumps: durations are taken from the monotonic clock, and a date is
    /// only shown, sent or written.
    /// </summary>
    private static readonly Dictionary<string, string> Dates = new()
    {
        ["Clawdbot.Drill/RunCommand.cs"] = "the report says when the drill was run",
        ["Clawdbot.Gateway/Edge/Responses/RequestAccounting.cs"] = "a line of the ledger has a date",
        ["Clawdbot.Gateway/Edge/Requests/RequestReader.cs"] = "an answer says when it was created",
        ["Clawdbot.Gateway/Failover/FailoverRecorder.cs"] = "the status page shows when a failover was",
        ["Clawdbot.Gateway/Health/FleetMonitor.cs"] = "the status page shows since when a replica is in its state",
        ["Clawdbot.Gateway/SharedStore/RedisStore.cs"] = "gateways share windows by their dates",
        ["Clawdbot.Gateway/StatusPage/FleetReport.cs"] = "the status page shows when the gateway was started",
        ["Clawdbot.InferenceShim/Api/OpenAiEndpoint.cs"] = "an answer says when it was created",
        ["Clawdbot.ServiceDefaults/Wire/Quarantine.cs"] = "gateways and shims tell each other until when a request is refused",
    };

    [Fact]
    public void Files_are_short()
    {
        var files = SourceFile.All.OrderBy(f => f.Lines).ToList();
        var (median, share) = (files[files.Count / 2].Lines, files.Count(f => f.Lines <= 170) / (double)files.Count);
        output.WriteLine($"{files.Count} files: median {median} lines, {share:P1} of at most 170, "
            + $"longest {files[^1].Lines} ({files[^1].Path})");

        Assert.True(median <= 60, $"The median file has {median} lines; at most 60 are wanted.");
        Assert.True(share >= 0.9, $"Only {share:P1} of the files have at most 170 lines; 90 % are wanted.");
        Assert.All(files, f => Assert.True(f.Lines <= 300, $"{f.Path} has {f.Lines} lines; at most 300 are wanted."));
    }

    [Fact]
    public void Functions_are_short()
    {
        var functions = SourceFile.All.SelectMany(f => f.Functions).OrderBy(f => f.Lines).ToList();
        var share = functions.Count(f => f.Lines <= 35) / (double)functions.Count;
        output.WriteLine($"{functions.Count} functions: median {functions[functions.Count / 2].Lines} lines, {share:P1} of at most 35, "
            + $"longest {functions[^1].Lines} ({functions[^1].Name})");

        Assert.True(share >= 0.9, $"Only {share:P1} of the functions have at most 35 lines; 90 % are wanted.");
        Assert.All(functions, f => Assert.True(f.Lines <= 60, $"{f.Name} has {f.Lines} lines; at most 60 are wanted."));
    }

    [Fact]
    public void Lines_are_short() => Assert.All(SourceFile.All, f =>
        Assert.True(f.LongLines(140) is [], $"{f.Path} has lines of more than 140 characters: {string.Join(", ", f.LongLines(140))}."));

    [Fact]
    public void Functions_take_few_parameters() => Assert.All(SourceFile.All.SelectMany(f => f.Parameters), f =>
        Assert.True(f.Count <= 6, $"{f.Name} takes {f.Count} parameters; at most 6 are wanted. Give those that belong together a type."));

    [Fact]
    public void The_wall_clock_is_asked_only_for_dates_that_are_shown_sent_or_written() => Assert.Equal(
        Dates.Keys.Order(StringComparer.Ordinal),
        SourceFile.All.Where(f => f.Identifiers.Any(name => name is "GetUtcNow" or "GetLocalNow"))
            .Select(f => f.Path).Order(StringComparer.Ordinal));

    [Fact]
    public void The_steps_of_a_request_in_the_documentation_are_the_calls_of_the_code()
    {
        var rows = File.ReadAllLines(Path.Combine(Repository.Root, "docs/architecture.md"))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal)).ToList();
        var path = File.ReadAllText(Path.Combine(Repository.Root, "Clawdbot.Gateway/Edge/RequestPath.cs"));
        var at = 0;
        foreach (var call in rows.Where(r => char.IsAsciiDigit(r[2])).SelectMany(r => Code(r.Split('|')[2])))
        {
            var next = path.IndexOf($".{call.Split('.')[^1]}(", at, StringComparison.Ordinal);
            Assert.True(next >= 0,
                $"docs/architecture.md has {call} as a step of a request, and RequestPath does not call it, or earlier.");
            at = next + 1;
        }
        Assert.True(at > 0, "docs/architecture.md has no steps of a request.");

        var run = File.ReadAllText(Path.Combine(Repository.Root, "Clawdbot.Gateway/Failover/FailoverRun.cs"));
        foreach (var action in Enum.GetNames<FailoverAction>())
        {
            var row = Assert.Single(rows, r => Code(r.Split('|')[1]).Contains(action == "Attempt" ? "Retry" : action));
            Assert.All(Code(row.Split('|')[2]), call => Assert.Contains($"{call.Split('.')[^1]}(", run, StringComparison.Ordinal));
        }

        static List<string> Code(string cell) => [.. cell.Split('`').Where((_, i) => i % 2 == 1)];
    }

    [Fact]
    public void Program_of_the_gateway_is_its_table_of_contents() =>
        Assert.InRange(Assert.Single(SourceFile.All, f => f.Path == "Clawdbot.Gateway/Program.cs").Lines, 1, 60);

    [Fact]
    public void There_are_interfaces_only_where_there_are_two_implementations() =>
        Assert.Equal(
            ["IAttemptObserver", "IEngine", "IFrontResource", "IHaProxyResource", "INginxResource", "IPrometheusResource", "IReplicaSource", "IResponseWriter", "ISharedStore"],
            SourceFile.All.SelectMany(f => f.Interfaces).Order(StringComparer.Ordinal));

    [Fact]
    public void A_namespace_is_its_folder() => Assert.All(SourceFile.All.Where(f => f.Namespace is not null), file =>
        Assert.Equal(Path.GetDirectoryName(file.Path)!.Replace('\\', '/').Replace('/', '.'), file.Namespace));
}
