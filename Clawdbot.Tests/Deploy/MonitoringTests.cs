using System.Globalization;

namespace Clawdbot.Tests.Deploy;

/// <summary>Every query of the dashboard and of the rules, asked of a real Prometheus that scrapes a real application.</summary>
public sealed class MonitoringTests(ScrapedApplication application, ITestOutputHelper output) : IClassFixture<ScrapedApplication>, IAsyncLifetime
{
    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => await application.ReadyAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_query_of_the_dashboard_has_an_answer()
    {
        foreach (var target in Dashboard.Load().Targets)
        {
            var expr = PromQl.Filled(target.Expr);
            foreach (var selector in PromQl.Selectors(expr))
                await AnswersAsync(target.Panel, selector);
            var values = (await AnswersAsync(target.Panel, expr)).Select(v => v.ToString("0.####", CultureInfo.InvariantCulture));
            output.WriteLine($"{target.Panel} | {target.Legend} | {expr} | {string.Join(", ", values)}");
        }
    }

    [Fact]
    public async Task Every_recorded_series_has_samples()
    {
        foreach (var rule in PrometheusFiles.Rules.Where(r => !r.IsAlert))
        {
            await AnswersAsync(rule.Name, rule.Expr);
            await AnswersAsync(rule.Name, rule.Name);
        }
    }

    [Fact]
    public async Task Every_series_that_an_alert_looks_at_is_there()
    {
        foreach (var rule in PrometheusFiles.Rules.Where(r => r.IsAlert))
        {
            Assert.Null((await application.Prometheus.QueryAsync(rule.Expr)).Error);
            foreach (var selector in PromQl.Selectors(rule.Expr))
                await AnswersAsync(rule.Name, selector);
        }
    }

    [Fact]
    public async Task Prometheus_runs_every_rule_without_an_error()
    {
        var rules = await application.Prometheus.RulesAsync();

        Assert.Equal(PrometheusFiles.Rules.Select(r => r.Name).Order(StringComparer.Ordinal), rules.Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.All(rules, rule => Assert.True(string.IsNullOrEmpty(rule.Error), $"{rule.Name}: {rule.Error}"));
    }

    [Fact]
    public async Task What_the_clients_saw_is_what_is_recorded()
    {
        // Replicas were killed while they answered, and nobody lost anything by it.
        await application.UntilAsync("clawdbot:availability:ratio_rate5m == 1 and clawdbot:errors:ratio_rate5m == 0");
        await application.UntilAsync("sum(clawdbot_gateway_failovers_total{phase=\"mid_stream\", kind=\"exact\"}) >= 2");
        await application.UntilAsync("sum(increase(clawdbot_gateway_attempts_total{outcome=~\"replica_lost|connection_reset\"}[5m])) > 0");
        await application.UntilAsync("max by (replica) (increase(clawdbot_gateway_replica_moves_total{state=\"Ejected\"}[5m])) > 0");
        await application.UntilAsync("sum by (replica) (clawdbot_gateway_replica_state) == 1");
        await application.UntilAsync("up{job=\"gateway\", instance=\"gateway-0\"} == 1 and on () up{job=\"replica\", instance=\"local-0\"} == 1");
        Assert.Empty((await application.Prometheus.QueryAsync("ALERTS{alertstate=\"firing\", severity=\"critical\"}")).Values);
    }

    private async Task<IReadOnlyList<double>> AnswersAsync(string what, string expr)
    {
        var answer = await application.UntilAsync(expr);
        Assert.True(answer.Error is null, $"{what}: {answer.Error}\n{expr}");
        return answer.Values;
    }
}
