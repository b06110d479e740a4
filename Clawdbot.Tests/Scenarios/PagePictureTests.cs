using System.Text.RegularExpressions;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using Clawdbot.Tests.Shim.Embedded;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Pictures of all kinds in the status page's playground.</summary>
public sealed class PagePictureTests(FastGateway fast) : IClassFixture<FastGateway>
{
    [Fact]
    public async Task A_webp_is_shown_and_asked_about()
    {
        await using var browser = await OpenAsync();

        await ChooseAsync(browser, "a.png", Pictures.WebP(317, 211, (20, 140, 60), (240, 200, 20))); // the name is not believed
        await Expect(browser.Page.Locator("#picture-facts")).ToHaveTextAsync(new Regex("^317 × 211, .+, WebP$"));
        await Expect(browser.Page.Locator("#preview")).ToBeVisibleAsync();
        await AskAsync(browser, "317x211", "WebP", "reen");
        await browser.ScreenshotAsync("a WebP");
    }

    [Fact]
    public async Task A_photo_taken_on_its_side_is_previewed_and_measured_upright()
    {
        await using var browser = await OpenAsync();
        var stored = new Canvas(96, 48).Paint((x, _) => x < 48 ? 0xD01010 : 0x1010D0);
        byte[][] files =
        [
            ExifSamples.Jpeg(stored.Jpeg(), 6),
            ExifSamples.Png(stored.Png(), ExifSamples.Tiff(6)),
        ];
        foreach (var file in files)
        {
            await ChooseAsync(browser, "photo", file);
            await Expect(browser.Page.Locator("#picture-facts")).ToContainTextAsync("48 × 96");
            var box = await browser.Page.Locator("#preview-image").BoundingBoxAsync();
            Assert.True(box!.Height > box.Width, $"The preview is {box.Width} wide and {box.Height} high.");
            await AskAsync(browser, "48x96");
        }
        await browser.ScreenshotAsync("a photo on its side");
    }

    [Fact]
    public async Task What_the_browser_shows_and_engines_do_not_read_is_converted_and_the_note_says_so()
    {
        await using var browser = await OpenAsync();

        await ChooseAsync(browser, "photo.avif", BrowserPictures.Avif);
        await Expect(browser.Page.Locator("#picture-note"))
            .ToHaveTextAsync("photo.avif is AVIF, which engines do not read: it is sent as JPEG.");
        await Expect(browser.Page.Locator("#picture-facts")).ToHaveTextAsync(new Regex("^40 × 30, .+, JPEG$"));
        await AskAsync(browser, "40x30", "JPEG", "reen", "ellow");
        await browser.ScreenshotAsync("an AVIF");

        const string drawing =
            """<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="4500"><circle cx="9" cy="9" r="5000"/></svg>""";
        await ChooseAsync(browser, "drawing.svg", System.Text.Encoding.UTF8.GetBytes(drawing), "image/svg+xml");
        await Expect(browser.Page.Locator("#picture-note"))
            .ToHaveTextAsync("drawing.svg is SVG, which engines do not read: it is sent as PNG, made smaller.");
        await Expect(browser.Page.Locator("#picture-facts")).ToHaveTextAsync(new Regex("^5792 × 2896, .+, PNG$"));
    }

    [Fact]
    public async Task What_cannot_be_sent_is_named_with_what_to_do_and_the_next_choice_is_free_of_it()
    {
        await using var browser = await OpenAsync();
        var note = browser.Page.Locator("#picture-note");

        await ChooseAsync(browser, "photo.heic", BrowserPictures.Heic);
        await Expect(note).ToHaveTextAsync(
            "photo.heic is HEIC, which engines do not read and this browser cannot convert. Save it as JPEG, PNG or WebP first.");
        await Expect(note).ToHaveAttributeAsync("data-bad", "");
        await Expect(browser.Page.Locator("#preview")).ToBeHiddenAsync();
        await browser.ScreenshotAsync("a HEIC");
        await ChooseAsync(browser, "notes.txt", "nothing to see"u8.ToArray());
        await Expect(note).ToHaveTextAsync("notes.txt is no PNG, JPEG, WebP, GIF or BMP.");
        await ChooseAsync(browser, "cut.webp", Pictures.WebP(317, 211, (20, 140, 60), (240, 200, 20))[..20]);
        await Expect(note).ToHaveTextAsync("cut.webp cannot be read as a picture.");

        await ChooseAsync(browser, "good.webp", Pictures.WebP(317, 211, (20, 140, 60), (240, 200, 20)));
        await Expect(browser.Page.Locator("#picture-name")).ToHaveTextAsync("good.webp");
        await Expect(note).ToHaveTextAsync("");
        Assert.Null(await note.GetAttributeAsync("data-bad"));
    }

    private async Task<BrowserPage> OpenAsync()
    {
        var browser = await BrowserPage.OpenAsync(fast.Process.Address);
        await Expect(browser.Page.Locator("#verdict")).ToContainTextAsync("2 of 2 replicas serve");
        return browser;
    }

    private static Task ChooseAsync(BrowserPage browser, string name, byte[] file, string type = "application/octet-stream") =>
        browser.Page.SetInputFilesAsync("#picture", new FilePayload { Name = name, MimeType = type, Buffer = file });

    private static async Task AskAsync(BrowserPage browser, params string[] words)
    {
        await browser.Page.FillAsync("#question", "Describe this picture");
        await browser.Page.RunAndWaitForResponseAsync(() => browser.Page.ClickAsync("#ask"), "**/v1/chat/completions");
        await Expect(browser.Page.Locator("#answer-state")).ToHaveTextAsync("done");
        foreach (var word in words)
            await Expect(browser.Page.Locator("#answer")).ToContainTextAsync(word);
        Assert.Empty(browser.Problems);
    }
}
