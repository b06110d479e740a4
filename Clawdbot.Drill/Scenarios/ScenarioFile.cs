using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Clawdbot.Drill.Scenarios;

/// <summary>Reads scenarios: those that ship by name, others by path.</summary>
internal static class ScenarioFile
{
    private const string Prefix = "scenario/";
    private const string Suffix = ".yaml";

    /// <summary>The scenarios that ship, by name.</summary>
    public static IReadOnlyList<string> Shipped { get; } =
    [
        .. typeof(ScenarioFile).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(n => n[Prefix.Length..^Suffix.Length]).Order(StringComparer.Ordinal),
    ];

    /// <param name="nameOrPath">The name of one that ships, or a file.</param>
    /// <exception cref="ScenarioException">There is none, or it is not valid; the message has all problems.</exception>
    public static Scenario Read(string nameOrPath)
    {
        if (File.Exists(nameOrPath))
            return Parse(File.ReadAllText(nameOrPath), nameOrPath);
        using var resource = typeof(ScenarioFile).Assembly.GetManifestResourceStream(Prefix + nameOrPath + Suffix)
            ?? throw new ScenarioException($"There is no file '{nameOrPath}', and no scenario of that name. "
                + $"Those that ship: {string.Join(", ", Shipped)}.");
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return Parse(reader.ReadToEnd(), nameOrPath);
    }

    /// <param name="yaml">The file's text.</param>
    /// <param name="source">Its name, for messages.</param>
    public static Scenario Parse(string yaml, string source)
    {
        var reader = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
            .WithEnumNamingConvention(UnderscoredNamingConvention.Instance).Build();
        Scenario scenario;
        try
        {
            scenario = reader.Deserialize<Scenario?>(yaml) ?? throw new ScenarioException($"{source} is empty.");
        }
        catch (YamlException fault)
        {
            throw new ScenarioException(string.Create(CultureInfo.InvariantCulture,
                $"{source}, line {fault.Start.Line}, column {fault.Start.Column}: {(fault.InnerException ?? fault).Message}"));
        }
        var problems = Problems(scenario).ToList();
        if (problems.Count > 0)
            throw new ScenarioException($"{source} can't be drilled:\n- {string.Join("\n- ", problems)}");
        foreach (var fault in scenario.RandomFaults?.Draw(scenario.Topology.Replicas, scenario.Load.Seconds) ?? [])
            scenario.Faults.Add(fault);
        return scenario;
    }

    private static IEnumerable<string> Problems(Scenario scenario)
    {
        var (load, topology) = (scenario.Load, scenario.Topology);
        if (scenario.Name.Length == 0)
            yield return "'name' is missing.";
        if (load.Steps.Count == 0)
            yield return "'load.steps' needs at least one step, such as { rate: 20, seconds: 30 }.";
        if (load.Steps.Any(s => s.Rate is <= 0 or > 10_000 || s.Seconds is <= 0 or > 86_400))
            yield return "each of 'load.steps' needs a rate in (0, 10000] requests/s and seconds in (0, 86400].";
        if (load.Streaming is < 0 or > 1 || load.Pictures is < 0 or > 1)
            yield return "'load.streaming' and 'load.pictures' are shares from 0 to 1.";
        if (load.MaxTokens is < 1)
            yield return "'load.max_tokens' must be at least 1, or absent.";
        if (load.Floods.Any(f => f.Rate is <= 0 or > 10_000 || f.Seconds <= 0 || f.After < 0 || f.Tenant.Length == 0))
            yield return "each of 'load.floods' needs a tenant, a rate in (0, 10000] requests/s, seconds above 0 and 'after' not below it.";
        if (load.DeadlineSeconds is <= 0 or > 86_400)
            yield return "'load.deadline_seconds' must be in (0, 86400], or absent.";
        if (topology.Replicas is < 1 or > 64 || topology.Gateways is < 1 or > 8 || topology.Capacity is < 1 or > 1024)
            yield return "'topology' takes 1 to 64 replicas, 1 to 8 gateways and a capacity of 1 to 1024.";
        if (scenario.Contenders.Count == 0 || scenario.Contenders.Distinct().Count() != scenario.Contenders.Count)
            yield return "'contenders' needs at least one name, each once: clawdbot, single, yarp, nginx.";
        if (scenario.RandomFaults is { } random && IsOutOfRange(random, topology.Replicas))
        {
            yield return "'random_faults': 'every' and 'lasting' must be more than 0 seconds, 'pairs' a share, "
                + "'leave_healthy' from 1 to one less than the replicas, and 'kinds' not cut or command.";
        }
        foreach (var problem in scenario.Faults.SelectMany((fault, i) => Problems(fault, $"faults[{i}]", topology)))
            yield return problem;
    }

    private static bool IsOutOfRange(RandomFaults faults, int replicas) =>
        faults.Every <= 0 || faults.Lasting <= 0 || faults.After < 0 || faults.Pairs is < 0 or > 1
        || faults.LeaveHealthy < 1 || faults.LeaveHealthy >= replicas
        || faults.Kinds.Any(k => k is FaultKind.Cut or FaultKind.Command);

    private static IEnumerable<string> Problems(FaultPlan fault, string at, Topology topology)
    {
        if (fault.After < 0 || fault.Every is <= 0 || fault.Lasting <= 0)
            yield return $"'{at}': 'after' must not be negative; 'every' and 'lasting' must be more than 0 seconds.";
        if (fault.Do == FaultKind.Command && fault.Run.Count == 0)
            yield return $"'{at}': 'do: command' needs 'run', such as [docker, kill, clawdbot-replica-0].";
        if (fault.Do != FaultKind.Command && !Targets.IsKnown(fault.To, topology.Replicas, topology.Gateways))
        {
            yield return $"'{at}': nothing is called '{fault.To}'. Use next, random, all, all_but_one, half, gateway, "
                + "or a name such as replica-0 or gateway-0.";
        }
        if ((fault.IsInPath || fault.Do == FaultKind.Cut) && fault.To.StartsWith("gateway", StringComparison.Ordinal))
            yield return $"'{at}': the path to a replica can be disturbed, not the one to a gateway.";
    }
}

/// <summary>A scenario can't be read or run; the message says why.</summary>
internal sealed class ScenarioException(string message) : Exception(message);
