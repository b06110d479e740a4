namespace Clawdbot.Tests.Deploy;

/// <summary>The rules of <c>deploy/prometheus</c>, as promtool sees them and as people read them.</summary>
public sealed class PrometheusRulesTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_configuration_is_valid() => await PassesAsync("check", "config", PrometheusFiles.Configuration);

    [Fact]
    public async Task The_rules_are_valid() => await PassesAsync(["check", "rules", .. PrometheusFiles.RuleFiles]);

    [Fact]
    public async Task Alerts_fire_when_they_should_and_not_when_they_should_not() => await PassesAsync(["test", "rules", .. PrometheusFiles.TestFiles]);

    [Fact]
    public void Every_alert_has_a_case_in_which_it_fires_and_one_in_which_nothing_does()
    {
        var expectations = PrometheusFiles.TestFiles.SelectMany(Expectations).ToList();

        Assert.All(PrometheusFiles.Rules.Where(r => r.IsAlert), rule =>
        {
            var firing = expectations.Where(e => e.Fires.Contains(rule.Name)).ToList();
            Assert.True(firing.Count > 0, $"{rule}: no case under Clawdbot.Tests/Deploy/Alerts in which it fires.");
            Assert.True(expectations.Any(e => e.File.EndsWith(Path.GetFileName(rule.File), StringComparison.Ordinal) && e.Fires.Count == 0),
                $"{rule}: no case of its file in which nothing fires.");
        });
        Assert.All(expectations.SelectMany(e => e.Fires), name => Assert.Contains(PrometheusFiles.Rules, r => r.Name == name));
    }

    [Fact]
    public void Every_alert_says_how_bad_it_is_what_is_the_matter_and_what_to_do() => Assert.All(PrometheusFiles.Rules.Where(r => r.IsAlert), rule =>
    {
        Assert.StartsWith("Clawdbot", rule.Name, StringComparison.Ordinal);
        Assert.Contains(rule.Text.GetValueOrDefault("severity"), (string[])["critical", "warning", "info"]);
        Assert.True(rule.Text.GetValueOrDefault("summary")?.Length > 20, $"{rule} has no summary.");
        Assert.True(rule.Text.GetValueOrDefault("description")?.Length > 60, $"{rule} does not say what to do.");
    });

    [Fact]
    public void Recorded_series_are_named_as_ours_and_each_is_recorded_once()
    {
        Assert.All(PrometheusFiles.Rules.Where(r => !r.IsAlert), r => Assert.StartsWith("clawdbot:", r.Name, StringComparison.Ordinal));
        Assert.Equal(PrometheusFiles.Rules.Count, PrometheusFiles.Rules.Select(r => r.Name).Distinct().Count());
        var recorded = PrometheusFiles.Rules.Select(r => r.Name).ToHashSet();
        var used = PrometheusFiles.Rules.SelectMany(r => PromQl.Selectors(r.Expr)).Concat(Dashboard.Load().Targets.SelectMany(t => PromQl.Selectors(t.Expr)));
        Assert.All(used.Select(PromQl.Name).Where(n => n.StartsWith("clawdbot:", StringComparison.Ordinal)), name => Assert.Contains(name, recorded));
    }

    [Fact]
    public void Everybody_is_scraped_every_15_seconds_from_a_file_that_the_host_writes()
    {
        var configuration = PrometheusFiles.Load(PrometheusFiles.Configuration);
        var jobs = PrometheusFiles.List(configuration, "scrape_configs").ToList();

        Assert.Equal("15s", PrometheusFiles.Scalar((YamlDotNet.RepresentationModel.YamlMappingNode)configuration.Children["global"], "scrape_interval"));
        Assert.Equal(["gateway", "replica", "nginx", "haproxy", "gpu", "prometheus"], jobs.Select(j => PrometheusFiles.Scalar(j, "job_name")!));
        Assert.All(jobs, job => Assert.Equal($"[ targets/{PrometheusFiles.Scalar(job, "job_name")}.yml ]",
            Assert.Single(PrometheusFiles.List(job, "file_sd_configs")).Children["files"].ToString()));
    }

    private static IEnumerable<(string File, HashSet<string> Fires)> Expectations(string file) =>
        from test in PrometheusFiles.List(PrometheusFiles.Load(file), "tests")
        from asked in PrometheusFiles.List(test, "promql_expr_test")
        where PrometheusFiles.Scalar(asked, "expr")!.Contains("ALERTS", StringComparison.Ordinal)
        select (file, PrometheusFiles.List(asked, "exp_samples").Select(s => PromQl.Label(PrometheusFiles.Scalar(s, "labels")!, "alertname")!).ToHashSet());

    private async Task PassesAsync(params string[] arguments)
    {
        var (exitCode, said) = await Promtool.RunAsync(arguments);
        output.WriteLine(said);
        Assert.True(exitCode == 0, said);
    }
}
