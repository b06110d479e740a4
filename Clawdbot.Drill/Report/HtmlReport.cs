using System.Globalization;
using System.Text;

namespace Clawdbot.Drill.Report;

/// <summary>Builds the report as one HTML page that loads nothing: no script, no font, no other file.</summary>
internal static class HtmlReport
{
    public static string Build(DrillResult result, IReadOnlyList<Figures> runs)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Drill: {Svg.Encode(result.Scenario)}</title><style>{Style}</style></head><body><main>
            <header><p class="eyebrow">Clawdbot drill · {Svg.Encode(result.Scenario)}</p><h1 class="{(result.Held ? "held" : "broken")}">{Svg.Encode(Headline(result, runs))}</h1>
            <p>{Svg.Encode(result.What)}</p></header>
            """);
        page.Append("<section><h2>Side by side</h2>").Append(Table(runs)).Append(Objectives(result)).Append("</section>");
        if (OriginalTable.Build(runs) is { } original)
            page.Append(original);
        if (runs.Count > 0)
            Pictures(page, runs);
        page.Append(TrendTable.Html(runs));
        page.Append("<section><h2>What went wrong</h2>").Append(Failures(runs)).Append("</section>");
        page.Append(CultureInfo.InvariantCulture, $"""
            <footer><p>{result.At:yyyy-MM-dd HH:mm:ss} UTC · {Svg.Encode(result.Machine)}</p><p><code>{Svg.Encode(result.Command)}</code></p>
            <p>Open-loop load: every request is sent when it is due and measured from then, whatever became of the ones before it. Every answer is held against the one that the same
            question got undisturbed. The load, the replicas and the gateways share this machine.</p></footer></main></body></html>
            """);
        return page.ToString();
    }

    private static string Headline(DrillResult result, IReadOnlyList<Figures> runs)
    {
        if (runs.Count == 0)
            return "Nobody was drilled.";
        var first = runs[0];
        var what = string.Create(CultureInfo.InvariantCulture,
            $"{Words.Count(first.Right)} of {Words.Count(first.Requests)} answers right while "
            + $"{Words.Count(first.Run.Faults.Count)} faults hit {first.Run.Contender}");
        return result.Held ? what + "." : $"Objectives not held: {what}.";
    }

    private static string Table(IReadOnlyList<Figures> runs)
    {
        var table = new StringBuilder("<div class='wide'><table><thead><tr><th></th>");
        foreach (var run in runs)
            table.Append(CultureInfo.InvariantCulture, $"<th scope='col'>{Svg.Encode(run.Run.Contender)}</th>");
        table.Append("</tr></thead><tbody>");
        foreach (var (name, value) in Words.Rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"<tr><th scope='row'>{name}</th>");
            foreach (var run in runs)
                table.Append(CultureInfo.InvariantCulture, $"<td{Class(name, run)}>{Svg.Encode(value(run))}</td>");
            table.Append("</tr>");
        }
        table.Append("</tbody></table></div><dl>");
        foreach (var run in runs)
        {
            table.Append(CultureInfo.InvariantCulture,
                $"<dt>{Svg.Encode(run.Run.Contender)}</dt><dd>{Svg.Encode(run.Run.Description)}</dd>");
        }
        return table.Append("</dl>").ToString();
    }

    private static string Class(string row, Figures run) => (row, run) switch
    {
        ("availability", { Availability: 100 }) => " class='good'",
        ("availability", _) or ("failed visibly", { Failed: > 0 }) or ("wrong in silence", { Quiet: > 0 }) => " class='bad'",
        _ => "",
    };

    private static string Objectives(DrillResult result)
    {
        var list = new StringBuilder();
        foreach (var objective in result.Runs.SelectMany(r => r.Objectives))
        {
            list.Append(CultureInfo.InvariantCulture, $"<li class='{(objective.Held ? "held" : "broken")}'>{Svg.Encode(objective.Name)}: "
                + $"<b>{Svg.Encode(objective.Measured)}</b> (wanted: {Svg.Encode(objective.Wanted)})</li>");
        }
        return list.Length == 0 ? "" : $"<h3>Objectives</h3><ul class='objectives'>{list}</ul>";
    }

    private static void Pictures(StringBuilder page, IReadOnlyList<Figures> runs)
    {
        var pictures = new Pictures(runs);
        Section(page, "Answers per second",
            "<span class='key right'></span>right <span class='key refused'></span>refused "
            + "<span class='key failed'></span>failed visibly <span class='key quiet'></span>wrong in silence "
            + "<span class='key mark'></span>a fault",
            runs, pictures.Availability);
        Section(page, "First token over time",
            "<span class='key p50'></span>P50 <span class='key p99'></span>P99, by the second in which a request was due",
            runs, pictures.Latency);
        Section(page, "Until clients were served again",
            "From each fault to the end of the last answer that failed before the next fault. Faults that nobody noticed, "
            + "and those from which there was no recovery before the next one, are not drawn: the table counts them.",
            runs,
            f => pictures.Distribution("time to recovery", f,
                r => r.Run.Faults.Where(x => x.RecoveredAt > x.At).Select(x => x.RecoveredAt!.Value - x.At)));
        Section(page, "Longest gap in each stream", "Between two pieces of text, as the client saw it.", runs,
            f => pictures.Distribution("longest gap of each stream", f, r => r.Run.Samples.Select(s => s.LongestGap).OfType<double>()));
        Section(page, "Silence of each failover",
            "From the last token of the replica that was lost to the first of the one that went on, its own first token included.",
            runs,
            f => pictures.Distribution("silence of each failover", f, r => r.Run.Samples.SelectMany(s => s.Silences)));
    }

    private static void Section(StringBuilder page, string title, string key, IReadOnlyList<Figures> runs, Func<Figures, string?> draw)
    {
        var drawn = runs.Select(r => (r.Run.Contender, Picture: draw(r))).Where(d => d.Picture is not null).ToList();
        if (drawn.Count == 0)
            return;
        page.Append(CultureInfo.InvariantCulture, $"<section><h2>{title}</h2><p class='keys'>{key}</p>");
        foreach (var (contender, picture) in drawn)
            page.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>{Svg.Encode(contender)}</figcaption>{picture}</figure>");
        page.Append("</section>");
    }

    private static string Failures(IReadOnlyList<Figures> runs)
    {
        var rows = new StringBuilder();
        foreach (var run in runs)
        {
            foreach (var (verdict, count, example) in Words.Failures(run.Run).Take(12))
            {
                rows.Append(CultureInfo.InvariantCulture, $"<tr><th scope='row'>{Svg.Encode(run.Run.Contender)}</th><td>{count}</td>"
                    + $"<td>{Svg.Encode(verdict)}</td><td class='words'>{Svg.Encode(example)}</td></tr>");
            }
        }
        return rows.Length == 0 ? "<p>Nothing.</p>"
            : "<div class='wide'><table><thead><tr><th></th><th>times</th><th>what</th><th class='words'>for example</th></tr></thead>"
                + $"<tbody>{rows}</tbody></table></div>";
    }

    private const string Style = """
        :root{color-scheme:light dark;--bg:#fbfbfa;--ink:#1b1f24;--dim:#646d76;--line:#dfe3e6;--right:#3f8f6b;--refused:#d9a520;--failed:#d2563f;--quiet:#8d2a9b;--p50:#2f6fb0;--p99:#e08a2e}
        @media(prefers-color-scheme:dark){:root{--bg:#14171a;--ink:#e8eaec;--dim:#9aa4ad;--line:#2c3237;--right:#57b48b;--refused:#e2b94a;--failed:#ee7a63;--quiet:#c776d4;--p50:#6ea8e0;--p99:#f0a85a}}
        *{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem 4rem}
        h1{font-size:1.75rem;line-height:1.2;margin:.2rem 0 1rem;text-wrap:balance}h1.held{color:var(--right)}h1.broken{color:var(--failed)}h2{font-size:1.1rem;margin:2.2rem 0 .4rem}h3{font-size:.95rem;margin:1.2rem 0 .3rem}
        .eyebrow,.keys,figcaption,footer,dl{color:var(--dim);font-size:.85rem}.eyebrow{margin:0}.wide{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:.32rem .6rem;border-bottom:1px solid var(--line);text-align:right}
        th[scope=row]{text-align:left;white-space:nowrap;font-weight:400;color:var(--dim)}thead th{border-bottom:2px solid var(--line);white-space:normal;vertical-align:bottom}.words{text-align:left;white-space:normal}
        td.good{color:var(--right);font-weight:600}td.bad{color:var(--failed);font-weight:600}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem}dd{margin:0}dt{font-weight:600}
        ul.objectives{list-style:none;padding:0;margin:0}ul.objectives li::before{content:'✓ ';color:var(--right);font-weight:700}ul.objectives li.broken::before{content:'✗ ';color:var(--failed)}
        figure{margin:.4rem 0 1rem}figcaption{font-weight:600;margin-left:4rem}svg{width:100%;height:auto;display:block}svg text{font:10px system-ui,sans-serif;fill:var(--dim)}
        .grid{stroke:var(--line);stroke-width:1}rect.right,.key.right{fill:var(--right);background:var(--right)}rect.refused,.key.refused{fill:var(--refused);background:var(--refused)}
        rect.failed,.key.failed{fill:var(--failed);background:var(--failed)}rect.quiet,.key.quiet{fill:var(--quiet);background:var(--quiet)}rect.bin{fill:var(--p50);opacity:.75}
        path.p50,path.p99{fill:none;stroke:var(--p50);stroke-width:1.6;stroke-linejoin:round}path.p99{stroke:var(--p99)}.key.p50{background:var(--p50)}.key.p99{background:var(--p99)}
        path.mark{fill:var(--ink);opacity:.55}.key{display:inline-block;width:.75em;height:.75em;margin:0 .3em 0 .9em;border-radius:2px}.key.mark{background:var(--ink);clip-path:polygon(0 0,100% 0,50% 100%)}
        .upright{stroke:var(--ink);stroke-dasharray:3 3}footer{margin-top:3rem;border-top:1px solid var(--line)}code{overflow-wrap:anywhere}@media print{section{break-inside:avoid}}
        """;
}
