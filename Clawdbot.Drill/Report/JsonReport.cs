using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Clawdbot.Drill.Faults;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>P50, P90, P99, P99.9, greatest and mean, milliseconds; null where there is nothing.</summary>
internal sealed record Spread(long Count, double? P50, double? P90, double? P99, double? P999, double? Max, double? Mean)
{
    public static Spread Of(Percentiles of) => new(
        of.Count, Value(of.At(50)), Value(of.At(90)), Value(of.At(99)), Value(of.At(99.9)), Value(of.Max), Value(of.Mean));

    /// <summary>The value to three decimals; null for NaN, which JSON does not have.</summary>
    public static double? Value(double value) => double.IsNaN(value) ? null : Math.Round(value, 3);
}

/// <summary>One second: right, refused, failed, quiet, P50 and P99 of the first token in milliseconds.</summary>
internal sealed record SecondOfJson(int Right, int Refused, int Failed, int Quiet, double? P50Ms, double? P99Ms);

/// <summary>A kind of failure.</summary>
internal sealed record FailureOfJson(string Verdict, int Count, string Example);

/// <summary>Means of the thirds of a run, and the greatest value.</summary>
internal sealed record ThirdsOfJson(double? First, double? Middle, double? Last, double? Max)
{
    public static ThirdsOfJson Of(Resources.Thirds thirds) => new(
        Spread.Value(thirds.First), Spread.Value(thirds.Middle), Spread.Value(thirds.Last), Spread.Value(thirds.Max));
}

/// <summary>What a process used over a run.</summary>
internal sealed record TrendOfJson(
    string Process, int Lives, ThirdsOfJson MemoryBytes, ThirdsOfJson HeapBytes, ThirdsOfJson Descriptors, ThirdsOfJson Threads,
    double? GrowthPercent);

/// <summary>A run in figures. Times in milliseconds.</summary>
internal sealed record RunOfJson(
    string Contender, string Description, int Requests, int Right, int Refused, int Failed, int Quiet, double? AvailabilityPercent,
    Spread FirstTokenMs, Spread RightAnswerMs, Spread LongestGapMs, Spread SilenceMs, Spread RecoveryMs,
    int? MostInsideSlo, double? MachineBusy,
    IReadOnlyDictionary<string, long> Failovers, IReadOnlyList<ObjectiveResult> Objectives, IReadOnlyList<FailureOfJson> Failures,
    IReadOnlyList<FaultMark> Faults, IReadOnlyList<TrendOfJson> Processes, Ledger.LedgerAudit? Ledger, IReadOnlyList<SecondOfJson> Seconds);

/// <summary>A drill in figures.</summary>
internal sealed record DrillOfJson(
    string Scenario, string What, DateTimeOffset At, string Machine, string Command, bool Held, IReadOnlyList<RunOfJson> Runs);

/// <summary>Builds the report that programs read.</summary>
internal static class JsonReport
{
    public static string Build(DrillResult result, IReadOnlyList<Figures> runs) => JsonSerializer.Serialize(
        new DrillOfJson(
            result.Scenario, result.What, result.At, result.Machine, result.Command, result.Held, [.. runs.Select(Of)]),
        ReportJson.Readable.DrillOfJson);

    private static RunOfJson Of(Figures f) => new(
        f.Run.Contender, f.Run.Description, f.Requests, f.Right, f.Refused, f.Failed, f.Quiet, Spread.Value(f.Availability),
        Spread.Of(f.FirstToken), Spread.Of(f.Whole), Spread.Of(f.Gaps), Spread.Of(f.Silences), Spread.Of(f.Recoveries),
        f.Run.MostInsideSlo, Spread.Value(f.Run.MachineBusy),
        f.Run.Failovers, f.Run.Objectives, [.. Words.Failures(f.Run).Select(w => new FailureOfJson(w.Verdict, w.Count, w.Example))],
        f.Run.Faults, [.. f.Run.Trends.Select(TrendOf)], f.Run.Ledger,
        [.. f.Seconds.Select(s => new SecondOfJson(s.Right, s.Refused, s.Failed, s.Quiet, Spread.Value(s.P50), Spread.Value(s.P99)))]);

    private static TrendOfJson TrendOf(Resources.Trend t) => new(
        t.Process, t.Lives, ThirdsOfJson.Of(t.Memory), ThirdsOfJson.Of(t.Heap), ThirdsOfJson.Of(t.Descriptors), ThirdsOfJson.Of(t.Threads),
        Spread.Value(t.Growth));
}

/// <summary>Serializers of the report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(DrillOfJson))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Writes characters such as Chinese unescaped, because the report is not put into HTML.</summary>
    public static ReportJson Readable => field ??= new(
        new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
