using Clawdbot.Gateway.Failover;
using Clawdbot.Testing.Processes;
namespace Clawdbot.Tests.Rules;

/// <summary>The rules of docs/architecture.md that a machine can hold.</summary>
public sealed class RulesTests(ITestOutputHelper output)
{
    /// <summary>Room of the gateway, and the rooms it may use. A new arrow is a decision: draw it here.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Edge"] = ["Admission", "Auth", "Failover", "Forwarding", "Ledger", "Replicas", "SharedStore", "Telemetry"],
        ["Auth"] = [],
        ["Admission"] = ["Auth", "Replicas", "SharedStore"],
        ["Failover"] = ["Admission", "Auth", "Forwarding", "Replicas", "Routing", "Telemetry"],
        ["Routing"] = ["Replicas"],
        ["Forwarding"] = ["Replicas"],
        ["Discovery"] = ["Replicas"],
        ["Health"] = ["Discovery", "Replicas", "Telemetry"],
        ["Replicas"] = [],
        ["SharedStore"] = [],
        ["Telemetry"] = ["Replicas"],
        ["Ledger"] = ["Failover", "Forwarding", "Replicas", "Telemetry"],
        ["StatusPage"] = ["Admission", "Auth", "Discovery", "Edge", "Replicas", "Telemetry"],
    };

    /// <summary>
    /// Files that ask the wall clock, and what for. It is set and it jumps: durations are taken from the monotonic clock, and a date is
    /// only shown, sent or written.
    /// </summary>
    private static readonly Dictionary<string, string> Dates = new()
    {
        ["Clawdbot.Drill/RunCommand.cs"] = "the report says when the drill was run",
        ["Clawdbot.Gateway/Admission/Quotas/ConcurrencyExchange.cs"] = "gateways share windows by their dates",
        ["Clawdbot.Gateway/Edge/RequestAccounting.cs"] = "a line of the ledger has a date",
        ["Clawdbot.Gateway/Edge/RequestReader.cs"] = "an answer says when it was created",
        ["Clawdbot.Gateway/Failover/FailoverRecorder.cs"] = "the status page shows when a failover was",
        ["Clawdbot.Gateway/Health/FleetMonitor.cs"] = "the status page shows since when a replica is in its state",
        ["Clawdbot.Gateway/SharedStore/RedisStore.cs"] = "gateways share windows by their dates",
        ["Clawdbot.Gateway/StatusPage/FleetReport.cs"] = "the status page shows when the gateway was started",
        ["Clawdbot.InferenceShim/Api/OpenAiEndpoint.cs"] = "an answer says when it was created",
        ["Clawdbot.ServiceDefaults/Wire/Quarantine.cs"] = "gateways and shims tell each other until when a request is refused",
    };

    private static readonly string[] RequestRooms = ["Edge", "Auth", "Admission", "Routing", "Failover", "Forwarding"];
    private static readonly string[] ControlRooms = ["Discovery", "Health", "Replicas"];

    private static IEnumerable<SourceFile> Gateway => SourceFile.All.Where(f => f.Path.StartsWith("Clawdbot.Gateway/", StringComparison.Ordinal));

    [Fact]
    public void Files_are_short()
    {
        var files = SourceFile.All.OrderBy(f => f.Lines).ToList();
        var (median, share) = (files[files.Count / 2].Lines, files.Count(f => f.Lines <= 170) / (double)files.Count);
        output.WriteLine($"{files.Count} files: median {median} lines, {share:P1} of at most 170, longest {files[^1].Lines} ({files[^1].Path})");

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
    public void The_wall_clock_is_asked_only_for_dates_that_are_shown_sent_or_written() => Assert.Equal(
        Dates.Keys.Order(StringComparer.Ordinal),
        SourceFile.All.Where(f => f.Identifiers.Any(name => name is "GetUtcNow" or "GetLocalNow"))
            .Select(f => f.Path).Order(StringComparer.Ordinal));

    [Fact]
    public void The_steps_of_a_request_in_the_documentation_are_the_calls_of_the_code()
    {
        var rows = File.ReadAllLines(Path.Combine(Repository.Root, "docs/architecture.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal)).ToList();
        var path = File.ReadAllText(Path.Combine(Repository.Root, "Clawdbot.Gateway/Edge/RequestPath.cs"));
        var at = 0;
        foreach (var call in rows.Where(r => char.IsAsciiDigit(r[2])).SelectMany(r => Code(r.Split('|')[2])))
        {
            var next = path.IndexOf($".{call.Split('.')[^1]}(", at, StringComparison.Ordinal);
            Assert.True(next >= 0, $"docs/architecture.md has {call} as a step of a request, and RequestPath does not call it, or earlier.");
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
        Assert.Equal(["IAttemptObserver", "IEngine", "INginxResource", "IPrometheusResource", "IReplicaSource", "IResponseWriter", "ISharedStore"], SourceFile.All.SelectMany(f => f.Interfaces).Order(StringComparer.Ordinal));

    [Fact]
    public void A_namespace_is_its_folder() => Assert.All(SourceFile.All.Where(f => f.Namespace is not null), file =>
        Assert.Equal(Path.GetDirectoryName(file.Path)!.Replace('\\', '/').Replace('/', '.'), file.Namespace));

    [Fact]
    public void Rooms_of_the_gateway_use_only_the_rooms_they_are_drawn_to_use()
    {
        foreach (var (file, used) in Uses())
        {
            Assert.True(Arrows.TryGetValue(file.Room, out var allowed), $"{file.Path} is in a room that is not drawn: add '{file.Room}' to the arrows.");
            Assert.True(allowed!.Contains(used), $"{file.Path} uses {used}, and no arrow leads from {file.Room} to {used}.");
        }
    }

    [Fact]
    public void The_arrows_drawn_keep_the_rules_of_the_house()
    {
        Assert.All(RequestRooms, room => Assert.DoesNotContain(Arrows[room], used => used is "Health" or "Discovery" or "Scaling"));
        Assert.All(ControlRooms, room => Assert.Empty(Arrows[room].Intersect(RequestRooms)));
        Assert.Empty(Arrows["Forwarding"].Intersect(["Failover", "Routing", "Edge", "Admission", "Auth"]));
        Assert.Empty(Arrows["Routing"].Intersect(["Forwarding", "Failover", "Edge", "Admission", "Auth"]));
    }

    [Fact]
    public void No_arrow_is_drawn_that_nobody_needs()
    {
        var used = Uses().Select(u => (u.File.Room, u.Used)).ToHashSet();

        Assert.All(Arrows.SelectMany(a => a.Value.Select(to => (a.Key, to))), arrow => Assert.Contains(arrow, used));
    }

    [Fact]
    public void Only_the_edge_and_auth_and_the_status_page_see_the_clients_request()
    {
        string[] blind = ["Discovery", "Health", "Replicas", "Scaling", "Routing", "Failover", "Forwarding"];

        Assert.All(Gateway.Where(f => blind.Contains(f.Room)), file =>
            Assert.DoesNotContain(file.Identifiers, name => name is "HttpContext" or "HttpRequest" or "HttpResponse" or "IHeaderDictionary"));
    }

    [Fact]
    public void Routing_knows_no_HTTP() => Assert.All(Gateway.Where(f => f.Room == "Routing"), file =>
    {
        Assert.DoesNotContain(file.QualifiedNames, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.StartsWith("System.Net", StringComparison.Ordinal));
        Assert.DoesNotContain(file.Identifiers, name => name.StartsWith("Http", StringComparison.Ordinal) || name == "StatusCodes");
    });

    /// <summary>Each use of one room by another.</summary>
    private static IEnumerable<(SourceFile File, string Used)> Uses()
    {
        var rooms = Gateway.Select(f => f.Room).Where(r => r.Length > 0).ToHashSet();
        return from file in Gateway
               where file.Room.Length > 0
               from used in file.QualifiedNames.Select(name => Room(name, rooms)).OfType<string>().Distinct()
               where used != file.Room
               select (file, used);
    }

    /// <summary>The room that a qualified name leads into. A property may be called like a room: then a type's name follows no dot.</summary>
    private static string? Room(string name, HashSet<string> rooms)
    {
        const string gateway = "Clawdbot.Gateway.";
        var parts = (name.StartsWith(gateway, StringComparison.Ordinal) ? name[gateway.Length..] : name).Split('.');
        return rooms.Contains(parts[0]) && (name.StartsWith(gateway, StringComparison.Ordinal) || IsTypeOf(parts)) ? parts[0] : null;
    }

    /// <summary><c>Health.FleetMonitor</c>, and not <c>Health.State</c> of a property called Health.</summary>
    private static bool IsTypeOf(string[] parts) =>
        parts.Length > 1 && Gateway.Any(f => f.Room == parts[0] && Path.GetFileNameWithoutExtension(f.Path) == parts[1]);
}
