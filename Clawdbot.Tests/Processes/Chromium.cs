using Clawdbot.Tests.Processes;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Clawdbot.Tests.Processes;

/// <summary>One Chromium for all tests, started by the first that wants a page: each page is of a profile of its own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    // Loopback only: nothing that phones home, and no sandbox, which containers don't allow.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private static readonly Lazy<Task<(IPlaywright Playwright, IBrowser Browser)>> Started = new(StartAsync);

    /// <summary>A page of its own, which nothing moves on: it is painted by the processors. The test is skipped where there is no Chromium.</summary>
    internal static async Task<IPage> OpenPageAsync()
    {
        Program();
        return await (await Started.Value).Browser.NewPageAsync(new() { ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1280, Height = 1100 } });
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!Started.IsValueCreated || !Started.Value.IsCompletedSuccessfully)
            return;
        var (playwright, browser) = await Started.Value;
        await browser.CloseAsync();
        playwright.Dispose();
    }

    private static string Program() => Require.Program("/usr/bin/chromium", "chromium");

    private static async Task<(IPlaywright Playwright, IBrowser Browser)> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        return (playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program(), Args = Arguments, Timeout = BrowserPage.MostMilliseconds }));
    }
}
