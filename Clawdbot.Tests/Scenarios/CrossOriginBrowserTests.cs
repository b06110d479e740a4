using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A page of another origin in a real Chromium asks a gateway, as the OpenAI client for browsers does.</summary>
public sealed class CrossOriginBrowserTests
{
    /// <summary>Streams a chat answer, and reads an error and what its headers say.</summary>
    private const string Script = """
        async base => {
            const ask = model => fetch(base + 'v1/chat/completions', {
                method: 'POST',
                headers: { 'Content-Type': 'application/json', 'Authorization': 'Bearer x', 'X-Stainless-Lang': 'js', 'X-Clawdbot-Details': 'true' },
                body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Who is there?' }] }),
            });
            const answer = await ask('clawdbot-embedded');
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
            let text = '', reads = 0;
            for (let read; !(read = await reader.read()).done; reads++)
                text += read.value;
            const error = await ask('nobody');
            const models = await fetch(base + 'v1/models').then(r => r.json());
            const status = await fetch(base + 'api/replicas').then(() => 'read it', () => 'may not');
            return [text.includes('data: [DONE]'), reads > 1, !!answer.headers.get('x-request-id'), !!answer.headers.get('x-clawdbot-replica'),
                error.status, (await error.json()).error.code, models.data.length, status].join(' ');
        }
        """;

    [Fact]
    public async Task A_page_of_an_allowed_origin_streams_an_answer_and_reads_errors()
    {
        await using var site = await OtherSiteAsync();
        await using var shim = await HostedShim.StartAsync();
        await using var gateway = await HostedGateway.StartAsync($"--Edge:AllowedOrigins:0={site.Urls.Single()}", $"--Discovery:Replicas:0={shim.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas is [{ State: "Healthy" }]);

        await AssertOpenAsync(site, gateway.Address);
    }

    [Theory]
    [InlineData(FrontKind.Nginx)]
    [InlineData(FrontKind.HaProxy)]
    public async Task The_same_through_a_front(FrontKind kind)
    {
        await using var other = await OtherSiteAsync();
        await using var shim = await HostedShim.StartAsync();
        await using var site = await (await FrontSite.HostedAsync(kind, [shim.Address], $"--Edge:AllowedOrigins:0={other.Urls.Single()}")).ServingAsync();
        await site.Front.SeesAsync(2);

        await AssertOpenAsync(other, site.Front.Address);
    }

    [Fact]
    public async Task A_page_of_another_origin_may_not_where_none_is_allowed()
    {
        await using var site = await OtherSiteAsync();
        await using var gateway = await HostedGateway.StartAsync("--Discovery:Replicas:0=http://127.0.0.1:1");
        await using var browser = await BrowserPage.OpenAsync(new Uri(site.Urls.Single()));

        Assert.Equal("may not", await browser.Page.EvaluateAsync<string>($"fetch('{gateway.Address}v1/models').then(() => 'read it', () => 'may not')"));
    }

    private static async Task AssertOpenAsync(WebApplication site, Uri gateway)
    {
        await using var browser = await BrowserPage.OpenAsync(new Uri(site.Urls.Single()));
        Assert.Equal("true true true true 404 model_not_found 1 may not", await browser.Page.EvaluateAsync<string>(Script, gateway.ToString()));
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
