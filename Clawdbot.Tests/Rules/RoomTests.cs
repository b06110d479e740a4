namespace Clawdbot.Tests.Rules;

/// <summary>The rooms of a project are its folders; which of them may use which is written here.</summary>
public sealed class RoomTests
{
    private const string Gateway = "Clawdbot.Gateway";

    /// <summary>By project: each room, and the rooms it may use. A new arrow is a decision: draw it here.</summary>
    private static readonly Dictionary<string, Dictionary<string, string[]>> Arrows = new()
    {
        [Gateway] = new()
        {
            ["Edge"] = ["Admission", "Auth", "Failover", "Forwarding", "Ledger", "Replicas", "SharedStore", "Shims", "Telemetry"],
            ["Auth"] = [],
            ["Admission"] = ["Auth", "Replicas", "SharedStore", "Shims", "Telemetry"],
            ["Failover"] = ["Admission", "Auth", "Forwarding", "Replicas", "Routing", "Telemetry"],
            ["Routing"] = ["Replicas", "Telemetry"],
            ["Forwarding"] = ["Replicas", "Shims"],
            ["Discovery"] = ["Replicas"],
            ["Health"] = ["Discovery", "Replicas", "Shims", "Telemetry"],
            ["Replicas"] = [],
            ["SharedStore"] = ["Telemetry"],
            ["Shims"] = [],
            ["Telemetry"] = ["Replicas"],
            ["Ledger"] = ["Failover", "Forwarding", "Replicas", "Shims", "Telemetry"],
            ["Watchdog"] = [],
            ["StatusPage"] = ["Admission", "Auth", "Discovery", "Edge", "Replicas", "Telemetry"],
        },
        ["Clawdbot.InferenceShim"] = new()
        {
            ["Api"] = ["Drain", "Engines", "Generation", "Gpu", "Liveness", "Quotas", "Supervision", "Telemetry"],
            ["Generation"] = ["Engines"],
            ["Quotas"] = ["Generation"],
            ["Liveness"] = ["Engines", "Generation", "Telemetry"],
            ["Engines"] = [],
            ["Supervision"] = ["Drain", "Engines", "Generation"],
            ["Gpu"] = ["Engines", "Liveness"],
            ["Drain"] = ["Generation"],
            ["Telemetry"] = ["Engines", "Generation"],
        },
        ["Clawdbot.Drill"] = new()
        {
            ["Scenarios"] = [],
            ["Contenders"] = ["Scenarios"],
            ["Load"] = ["Contenders"],
            ["Faults"] = ["Contenders", "Scenarios"],
            ["Ledger"] = ["Contenders"],
            ["Resources"] = ["Contenders"],
            ["Report"] = ["Contenders", "Faults", "Ledger", "Resources", "Scenarios"],
        },
        ["Clawdbot.Testing"] = new()
        {
            ["Load"] = [],
            ["Processes"] = ["Load"],
            ["Faults"] = ["Processes"],
        },
    };

    private static readonly string[] RequestRooms = ["Edge", "Auth", "Admission", "Routing", "Failover", "Forwarding"];
    private static readonly string[] ControlRooms = ["Discovery", "Health", "Replicas"];

    public static TheoryData<string> Projects => [.. Arrows.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Rooms_use_only_the_rooms_they_are_drawn_to_use(string project)
    {
        foreach (var (file, used) in Uses(project))
        {
            Assert.True(Arrows[project].TryGetValue(file.Room, out var allowed),
                $"{file.Path} is in a room that is not drawn: add '{file.Room}' to the arrows.");
            Assert.True(allowed!.Contains(used), $"{file.Path} uses {used}, and no arrow leads from {file.Room} to {used}.");
        }
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_arrow_is_drawn_that_nobody_needs(string project)
    {
        var used = Uses(project).Select(u => (u.File.Room, u.Used)).ToHashSet();

        Assert.All(Arrows[project].SelectMany(a => a.Value.Select(to => (a.Key, to))), arrow => Assert.Contains(arrow, used));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_room_is_drawn_and_every_drawn_one_exists(string project) =>
        Assert.Equal(Files(project).Select(f => f.Room).Where(r => r.Length > 0).Distinct().Order(), Arrows[project].Keys.Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void Arrows_form_no_cycle(string project)
    {
        var left = Arrows[project].ToDictionary();
        while (left.FirstOrDefault(room => !room.Value.Any(left.ContainsKey)) is { Key: { } usesNobodyLeft })
            left.Remove(usesNobodyLeft);

        Assert.True(left.Count == 0, $"Each of these rooms is in a cycle, or uses one that is: {string.Join(", ", left.Keys)}");
    }

    /// <summary>A room needs no using for what is in its project's own namespace, so no arrow would show it.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void No_room_uses_what_is_made_of_the_rooms(string project)
    {
        var top = Files(project).Where(f => f.Room.Length == 0).SelectMany(f => f.Types).Select(t => t.Identifier.Text).ToHashSet();

        Assert.All(Files(project).Where(f => f.Room.Length > 0), file => Assert.DoesNotContain(file.Identifiers, top.Contains));
    }

    [Fact]
    public void The_arrows_drawn_keep_the_rules_of_the_house()
    {
        var arrows = Arrows[Gateway];
        Assert.All(RequestRooms, room => Assert.DoesNotContain(arrows[room], used => used is "Health" or "Discovery" or "Scaling"));
        Assert.All(ControlRooms, room => Assert.Empty(arrows[room].Intersect(RequestRooms)));
        Assert.Empty(arrows["Forwarding"].Intersect(["Failover", "Routing", "Edge", "Admission", "Auth"]));
        Assert.Empty(arrows["Routing"].Intersect(["Forwarding", "Failover", "Edge", "Admission", "Auth"]));
    }

    [Fact]
    public void Only_the_edge_and_auth_and_the_status_page_see_the_clients_request()
    {
        string[] blind = ["Discovery", "Health", "Replicas", "Scaling", "Routing", "Failover", "Forwarding"];

        Assert.All(Files(Gateway).Where(f => blind.Contains(f.Room)), file =>
            Assert.DoesNotContain(file.Identifiers,
                name => name is "HttpContext" or "HttpRequest" or "HttpResponse" or "IHeaderDictionary"));
    }

    [Fact]
    public void Routing_knows_no_HTTP() => Assert.All(Files(Gateway).Where(f => f.Room == "Routing"), file =>
    {
        Assert.DoesNotContain(file.QualifiedNames, name =>
            name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.StartsWith("System.Net", StringComparison.Ordinal));
        Assert.DoesNotContain(file.Identifiers, name => name.StartsWith("Http", StringComparison.Ordinal) || name == "StatusCodes");
    });

    private static IEnumerable<SourceFile> Files(string project) =>
        SourceFile.All.Where(f => f.Path.StartsWith(project + "/", StringComparison.Ordinal));

    /// <summary>Each use of one room by another.</summary>
    private static IEnumerable<(SourceFile File, string Used)> Uses(string project)
    {
        var types = Files(project).Where(f => f.Room.Length > 0).ToLookup(f => f.Room, f => Path.GetFileNameWithoutExtension(f.Path));
        return from file in Files(project)
               where file.Room.Length > 0
               from used in file.QualifiedNames.Select(name => Room(name, project + ".", types)).OfType<string>().Distinct()
               where used != file.Room
               select (file, used);
    }

    /// <summary>
    /// The room that a qualified name leads into. A property may be called like a room: a name that does not begin with the project's
    /// leads into it only if a type of the room follows, <c>Health.FleetMonitor</c> and not <c>Health.State</c>.
    /// </summary>
    private static string? Room(string name, string project, ILookup<string, string> types)
    {
        var isWhole = name.StartsWith(project, StringComparison.Ordinal);
        var parts = (isWhole ? name[project.Length..] : name).Split('.');
        return types.Contains(parts[0]) && (isWhole || (parts.Length > 1 && types[parts[0]].Contains(parts[1]))) ? parts[0] : null;
    }
}
