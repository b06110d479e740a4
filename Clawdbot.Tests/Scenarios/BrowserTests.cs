using Clawdbot.Testing.Processes;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Clawdbot.Tests.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The status page as people use it: in a browser.</summary>
public sealed class BrowserTests(FastGateway fast) : IClassFixture<FastGateway>
{
    private static readonly string Picture = Path.Combine(Repository.Root, "samples", "harbour.png");

    [Theory]
    [InlineData("its card")]
    [InlineData("the playground")]
    public async Task Killing_the_replica_that_answers_is_seen_on_the_page_and_not_in_the_answer(string where)
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 20, 300, SharedGateway.Trusting);
        await using var browser = await BrowserPage.OpenAsync(gateway.Address);
        var page = browser.Page;
        await Expect(page.Locator("#verdict")).ToContainTextAsync("2 of 2 replicas serve");
        var sent = await SeededAsync(page);

        await page.SetInputFilesAsync("#picture", Picture);
        await Expect(page.Locator("#picture-facts")).ToContainTextAsync("640 × 400");
        await page.FillAsync("#question", "Describe this picture");
        var response = await page.RunAndWaitForResponseAsync(() => page.ClickAsync("#ask"), "**/v1/chat/completions");
        await Expect(page.Locator("#answer")).ToHaveTextAsync(new Regex(".{30}"));
        var killed = await page.Locator("#replicas article[data-serving]").GetAttributeAsync("data-replica");
        var seen = await page.Locator("#answer").TextContentAsync();
        await page.ClickAsync(where == "its card" ? "article[data-serving] button[data-kill]" : "#kill-serving");
        await Expect(page.Locator("#seams > li").First).ToHaveCountAsync(1);
        await browser.ScreenshotAsync($"failover from {where}, during");

        await Expect(page.Locator("#answer-state")).ToHaveTextAsync("done");
        var other = killed == "local-0" ? "local-1" : "local-0";
        await Expect(page.Locator("#seams > li").First).ToHaveTextAsync(new Regex($"^{killed} (died|was lost) after \\d+ tokens; {other} went on, .+ of silence, exact$"));
        await Expect(page.Locator("#announcer")).ToContainTextAsync("Answer complete");
        await Expect(page.Locator("#failover-rows tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#verdict")).ToContainTextAsync("2 of 2 replicas serve. 0 requests failed");
        await Expect(page.Locator($"[data-replica={killed}] [data-slot=starts]")).ToHaveTextAsync(new Regex("^[2-9] "));
        await browser.ScreenshotAsync($"failover from {where}, end");

        var answer = await page.Locator("#answer").TextContentAsync();
        var undisturbed = await gateway.Chat.SendAsync(await sent, stream: true);
        Assert.Equal(undisturbed.Text, answer);
        Assert.StartsWith(seen!, answer, StringComparison.Ordinal);
        Assert.Contains("640x400", answer, StringComparison.Ordinal);
        Assert.Equal((killed, other, "mid_stream", "exact"), await FailoverAsync(gateway, await response.HeaderValueAsync("x-request-id")));
        Assert.Empty(browser.Problems);
    }

    [Fact]
    public async Task A_question_is_asked_and_an_answer_stopped_by_the_keyboard_alone()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 20, 300, SharedGateway.Trusting);
        await using var browser = await BrowserPage.OpenAsync(gateway.Address);
        var (page, state) = (browser.Page, browser.Page.Locator("#answer-state"));
        await Expect(page.Locator("#verdict")).ToContainTextAsync("2 of 2 replicas serve");

        await browser.TabToAsync("question");
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync("Is anybody there?");
        await browser.TabToAsync("ask");
        await page.Keyboard.PressAsync("Enter");
        await Expect(state).ToHaveTextAsync("done");
        await Expect(page.Locator("#answer")).ToContainTextAsync("Is anybody there?");

        await page.Keyboard.PressAsync("Enter"); // the focus is still where it was
        await Expect(state).ToHaveTextAsync("streaming");
        await browser.TabToAsync("stop");
        await page.Keyboard.PressAsync("Enter");
        await Expect(state).ToHaveTextAsync("stopped");
        var fleet = await gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r.InFlight == 0));
        Assert.Equal((1, 0), (fleet.Served, fleet.Failed));
        Assert.Empty(browser.Problems);
    }

    [Fact]
    public async Task Nobody_without_the_page_s_token_can_press_its_kill_button()
    {
        var gateway = fast.Process;
        var pid = (await gateway.Fleet.NowAsync())["local-0"].Pid;
        foreach (var token in (string?[])[null, "", new string('0', 32)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/replicas/local-0/kill");
            request.Headers.TryAddWithoutValidation("X-Clawdbot-Token", token);
            using var response = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        await using var otherSite = await OtherSiteAsync();
        await using var browser = await BrowserPage.OpenAsync(new Uri(otherSite.Urls.Single()));
        var answer = await browser.Page.RunAndWaitForResponseAsync(
            () => browser.Page.EvaluateAsync($"fetch('{gateway.Address}api/replicas/local-0/kill', {{ method: 'POST', mode: 'no-cors' }}).catch(() => 0)"),
            "**/kill");
        Assert.Equal(403, answer.Status);
        const string outcome = ".then(r => r.text()).then(() => 'read it', () => 'may not')";
        Assert.Equal("may not", await browser.Page.EvaluateAsync<string>($"fetch('{gateway.Address}'){outcome}"));
        Assert.Equal("may not", await browser.Page.EvaluateAsync<string>(
            $"fetch('{gateway.Address}api/replicas/local-0/kill', {{ method: 'POST', headers: {{ 'X-Clawdbot-Token': 'x' }} }}){outcome}"));
        Assert.Equal(pid, (await gateway.Fleet.NowAsync())["local-0"].Pid);
    }

    [Fact]
    public async Task What_gets_into_the_page_from_outside_does_not_run_there()
    {
        await using var browser = await BrowserPage.OpenAsync(fast.Process.Address);
        var page = browser.Page;
        await Expect(page.Locator("#verdict")).ToContainTextAsync("2 of 2 replicas");

        await page.FillAsync("#question", "<img src=x onerror='window.ran = 1'><script>window.ran = 1</script>");
        await page.ClickAsync("#ask");
        await Expect(page.Locator("#answer-state")).ToHaveTextAsync("done");
        await Expect(page.Locator("#answer")).ToContainTextAsync("<img src=x"); // it comes back as text
        Assert.Empty(browser.Problems);

        await page.EvaluateAsync("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))");
        Assert.Null(await page.EvaluateAsync<int?>("window.ran ?? null"));
        Assert.Contains(browser.Problems, p => p.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dead_replica_has_neither_an_address_nor_a_process_on_its_card_and_the_focus_stays_there()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 0, 0, "--Discovery:RestartDelayMilliseconds=60000");
        await using var browser = await BrowserPage.OpenAsync(gateway.Address);
        var card = browser.Page.Locator("[data-replica=local-1]");
        await Expect(card).ToHaveAttributeAsync("data-state", "Healthy");

        var kill = card.Locator("button[data-kill]");
        await kill.FocusAsync();
        await browser.Page.Keyboard.PressAsync("Enter");
        await Expect(card.Locator("[data-slot=reason]")).ToContainTextAsync("ended by signal 9");
        await browser.ScreenshotAsync("a dead replica");
        await Expect(card.Locator("[data-slot=address]")).ToHaveTextAsync("–");
        await Expect(card.Locator("[data-slot=pid]")).ToHaveTextAsync("no process");
        await Expect(kill).ToBeFocusedAsync();
        await Expect(kill).ToHaveAttributeAsync("aria-disabled", "true");
        Assert.Null((await gateway.Fleet.NowAsync())["local-1"].Pid);
        Assert.Empty(browser.Problems);
    }

    [Fact]
    public async Task A_page_whose_gateway_died_says_so_instead_of_showing_old_news()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(1, 0, 0);
        await using var browser = await BrowserPage.OpenAsync(gateway.Address);
        await Expect(browser.Page.Locator("#headline")).ToHaveAttributeAsync("data-level", "good");

        gateway.Program.Signal(Signals.Kill);
        await Expect(browser.Page.Locator("#verdict")).ToHaveTextAsync("The gateway does not answer.");
        await Expect(browser.Page.Locator("#headline")).ToHaveAttributeAsync("data-level", "unknown");
    }

    /// <summary>Gives the page's question a seed, which the page itself sends none of, and returns the body as it was sent.</summary>
    private static async Task<Task<string>> SeededAsync(IPage page)
    {
        var sent = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/v1/chat/completions", route =>
        {
            var body = $"{{\"seed\":7,{route.Request.PostData![1..]}";
            sent.TrySetResult(body);
            return route.ContinueAsync(new() { PostData = System.Text.Encoding.UTF8.GetBytes(body) });
        });
        return sent.Task;
    }

    /// <summary>What the gateway tells of the one failover of a request.</summary>
    private static async Task<(string?, string?, string?, string?)> FailoverAsync(GatewayProcess gateway, string? request)
    {
        using var document = JsonDocument.Parse(await gateway.Http.GetStringAsync("/api/replicas", TestContext.Current.CancellationToken));
        var failover = document.RootElement.GetProperty("failovers").EnumerateArray().Single(f => f.GetProperty("request").GetString() == request);
        string? Text(string name) => failover.GetProperty(name).GetString();
        return (Text("from"), Text("to"), Text("phase"), Text("exactness"));
    }

    private static async Task<WebApplication> OtherSiteAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var site = builder.Build();
        site.MapGet("/", () => Results.Content("<!DOCTYPE html><title>another site</title>", "text/html"));
        await site.StartAsync();
        return site;
    }
}
