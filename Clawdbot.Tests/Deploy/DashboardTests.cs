using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Clawdbot.Tests.Deploy;

/// <summary>The dashboard's form. Whether its queries answer is asked in <see cref="MonitoringTests"/>.</summary>
public sealed partial class DashboardTests
{
    private readonly Dashboard _dashboard = Dashboard.Load();

    [Fact]
    public void Panels_have_ids_of_their_own_and_lie_side_by_side()
    {
        var places = _dashboard.Places;

        Assert.Equal("clawdbot", _dashboard.Uid);
        Assert.InRange(_dashboard.SchemaVersion, 39, 42);
        Assert.Equal(places.Count, places.Select(p => p.Id).Distinct().Count());
        Assert.Equal(places.Count, places.Select(p => p.Title).Distinct().Count());
        Assert.All(places, p => Assert.True(p is { X: >= 0, Y: >= 0, Width: > 0, Height: > 0 } && p.X + p.Width <= 24, $"{p.Title} leaves the grid"));
        foreach (var (one, other) in from a in places from b in places where a.Id < b.Id select (a, b))
            Assert.False(one.Overlaps(other), $"{one.Title} and {other.Title} overlap");
    }

    [Fact]
    public void Every_panel_says_what_it_shows_and_in_which_unit() =>
        Assert.All(_dashboard.Panels.Where(p => p.GetProperty("type").GetString() != "row"), panel =>
        {
            Assert.NotEmpty(panel.GetProperty("description").GetString()!);
            Assert.NotEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!);
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
        });

    [Fact]
    public void Every_query_uses_the_data_source_and_the_variables_that_there_are() => Assert.All(_dashboard.Targets, target =>
    {
        Assert.Equal("${datasource}", target.DataSource);
        Assert.All(Variable().Matches(target.Expr).Select(m => m.Groups[1].Value), name =>
            Assert.Contains(name, _dashboard.Variables.Append("__rate_interval")));
        Assert.DoesNotMatch(@"rate\([^$]*\[\d+[smh]\]\)", target.Expr);
    });

    [Fact]
    public void The_objectives_stand_in_the_top_row()
    {
        var stats = _dashboard.Panels.Where(p => p.GetProperty("type").GetString() == "stat").ToDictionary(p => p.GetProperty("title").GetString()!);

        Assert.All(stats.Values, p => Assert.Equal(0, p.GetProperty("gridPos").GetProperty("y").GetInt32()));
        Assert.Equal(0.9995, LastThreshold("Availability"));
        Assert.Equal(0.001, LastThreshold("Errors"));
        Assert.Equal(3, LastThreshold("P95 first token (streamed)"));
        Assert.Equal(3, LastThreshold("P95 whole answer (plain)"));

        double LastThreshold(string title) => stats[title].GetProperty("fieldConfig").GetProperty("defaults")
            .GetProperty("thresholds").GetProperty("steps").EnumerateArray().Last().GetProperty("value").GetDouble();
    }

    [Fact]
    public void Grafana_finds_its_data_and_its_dashboards()
    {
        var source = Assert.Single(PrometheusFiles.List(Provisioning("datasources", "prometheus.yml"), "datasources"));
        var provider = Assert.Single(PrometheusFiles.List(Provisioning("dashboards", "clawdbot.yml"), "providers"));

        Assert.Equal("prometheus", PrometheusFiles.Scalar(source, "type"));
        Assert.Equal("${PROMETHEUS_URL}", PrometheusFiles.Scalar(source, "url"));
        Assert.Equal("15s", PrometheusFiles.Scalar((YamlMappingNode)source.Children["jsonData"], "timeInterval"));
        Assert.Equal("file", PrometheusFiles.Scalar(provider, "type"));
        Assert.Equal("/var/lib/grafana/dashboards", PrometheusFiles.Scalar((YamlMappingNode)provider.Children["options"], "path"));
    }

    private static YamlMappingNode Provisioning(string folder, string file) =>
        PrometheusFiles.Load(Path.Combine(Dashboard.Folder, "provisioning", folder, file));

    [GeneratedRegex(@"\$\{?(\w+)")]
    private static partial Regex Variable();
}
