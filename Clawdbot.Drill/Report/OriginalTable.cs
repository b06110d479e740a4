namespace Clawdbot.Drill.Report;

/// <summary>The table of the document that this product descends from, beside what was measured here.</summary>
internal static class OriginalTable
{
    private static readonly (string Name, string Single, string Ha, Func<Figures, string> Measured)[] Rows =
    [
        ("availability", "98.5 %", "99.95 %", f => Words.Percent(f.Availability)),
        ("mean response", "2.1 s", "1.9 s", f => Words.Seconds(f.Whole.Mean)),
        ("most requests at once", "50", "100", f => f.Run.MostInsideSlo is { } most ? Words.Count(most) : "not measured"),
        ("back in service", "by hand", "< 30 s", BackInService),
    ];

    /// <summary>Median and maximum over the faults with a recovery, and how many had none before the next fault.</summary>
    private static string BackInService(Figures figures)
    {
        var (open, all) = (figures.Run.Faults.Count(f => f.RecoveredAt is null), figures.Run.Faults.Count);
        var seen = $"{Words.Seconds(figures.Recoveries.At(50))} (max {Words.Seconds(figures.Recoveries.Max)})";
        return open == 0 ? seen : $"{seen}; after {Words.Count(open)} of {Words.Count(all)} faults not before the next one";
    }

    /// <summary>The section of the page; null unless a single replica and Clawdbot were both run.</summary>
    public static string? Build(IReadOnlyList<Figures> runs)
    {
        if (runs.FirstOrDefault(r => r.Run.Contender == "single") is not { } single
            || runs.FirstOrDefault(r => r.Run.Contender == "Clawdbot") is not { } ours)
            return null;
        var rows = string.Concat(Rows.Select(r =>
            $"<tr><th scope='row'>{r.Name}</th><td>{Svg.Encode(r.Single)}</td><td>{Svg.Encode(r.Measured(single))}</td>"
            + $"<td>{Svg.Encode(r.Ha)}</td><td>{Svg.Encode(r.Measured(ours))}</td></tr>"));
        return $"""
            <section><h2>One replica against high availability</h2>
            <div class="wide"><table><thead><tr><th></th><th scope="col">single, as the original document says</th><th scope="col">single, measured</th><th scope="col">HA, as the original document says</th><th scope="col">HA, measured</th></tr></thead>
            <tbody>{rows}</tbody></table></div></section>
            """;
    }
}
