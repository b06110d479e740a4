using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Clawdbot.Tests.Processes;

/// <summary>A page in a real Chromium, with everything that went wrong in it.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    public const float MostMilliseconds = 60_000;

    private readonly ConcurrentQueue<string> _problems = new();

    private BrowserPage(IPage page)
    {
        Page = page;
        page.SetDefaultTimeout(MostMilliseconds);
        // Chromium says there too what the content security policy forbade.
        page.Console += (_, message) => Note(message.Type is "error" or "warning", $"{message.Type}: {message.Text}");
        page.PageError += (_, fault) => Note(true, $"exception: {fault}");
    }

    public IPage Page { get; }

    /// <summary>What the page's console complained of.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Opens an address. The test is skipped where there is no Chromium.</summary>
    public static async Task<BrowserPage> OpenAsync(Uri address)
    {
        Assertions.SetDefaultExpectTimeout(MostMilliseconds);
        var opened = new BrowserPage(await Chromium.OpenPageAsync());
        await opened.Page.GotoAsync(address.ToString());
        return opened;
    }

    /// <summary>Leaves a picture of the whole page in the folder that <c>CLAWDBOT_SCREENSHOTS</c> names, if it names one.</summary>
    public async Task ScreenshotAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("CLAWDBOT_SCREENSHOTS") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    /// <summary>Presses Tab until the element with this id has the focus.</summary>
    public async Task TabToAsync(string id)
    {
        for (var i = 0; i < 60; i++)
        {
            if (await Page.EvaluateAsync<string>("document.activeElement.id") == id)
                return;
            await Page.Keyboard.PressAsync("Tab");
        }
        throw new InvalidOperationException($"Sixty times Tab, and #{id} never had the focus.");
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();

    private void Note(bool isProblem, string what)
    {
        if (isProblem)
            _problems.Enqueue(what);
    }
}
