using System.Text.Json;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes.Nvml;
using Clawdbot.Tests.Processes;
using static Microsoft.Playwright.Assertions;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A GPU breaks under an engine that says nothing of it.</summary>
public sealed class GpuLossTests
{
    [Fact]
    public async Task A_replica_whose_GPU_falls_off_the_bus_is_ejected_with_the_reason_in_words_and_the_page_shows_its_GPU()
    {
        using var nvml = await FakeNvml.BuildAsync();
        nvml.Set(new FakeGpu(FakeNvml.First));
        await using var broken = await ShimHost.StartAsync("--Gpu:Enabled=true", $"--Gpu:Library={nvml.Library}", "--Gpu:IntervalSeconds=0.2");
        await using var whole = await ShimHost.StartAsync();
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={broken.Address}", $"--Discovery:Replicas:1={whole.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));

        await using var browser = await BrowserPage.OpenAsync(gateway.Address);
        var card = browser.Page.Locator("#replicas article").Filter(new() { HasText = broken.Address.Authority });
        await Expect(card.Locator("[data-slot=gpu]")).ToHaveTextAsync("NVIDIA Test 24GB · 17.0 of 24.0 GiB · 63 % busy · 71 °C · 313 W");
        await Expect(browser.Page.Locator("#replicas article").Filter(new() { HasText = whole.Address.Authority }).Locator("[data-slot=gpus]")).ToBeHiddenAsync();

        nvml.Report(device: 0, xid: 79);

        var fleet = await gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.State == "Ejected"));
        var ejected = Assert.Single(fleet.Replicas, r => r.State == "Ejected");
        Assert.Equal(broken.Address.GetLeftPart(UriPartial.Authority), ejected.Address);
        Assert.Contains("XID 79: it has fallen off the bus; the host needs attention", ejected.Reason, StringComparison.Ordinal);
        await Expect(card.Locator("[data-slot=gpu]")).ToContainTextAsync("XID 79");
        await browser.ScreenshotAsync("gpu lost");

        using var report = JsonDocument.Parse(await gateway.Http.GetStringAsync("/api/replicas"));
        var reported = report.RootElement.GetProperty("replicas").EnumerateArray().Single(r => r.TryGetProperty("gpus", out _)).GetProperty("gpus")[0];
        Assert.Equal((FakeNvml.First, 79), (reported.GetProperty("uuid").GetString(), reported.GetProperty("last_xid").GetInt32()));
        Assert.Empty(browser.Problems);
    }
}
