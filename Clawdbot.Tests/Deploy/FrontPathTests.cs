using Clawdbot.Testing.Processes;
using System.Net;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>What a front passes on, and that nothing else gets through, however it is spelled.</summary>
public abstract class FrontPathTests(FastSite fast)
{
    public static TheoryData<string> Forbidden =>
    [
        "/metrics", "/metrics/", "/Metrics", "/METRICS", "//metrics", "/./metrics", "/%6detrics", "/%4D%45trics", "/metric%73?x=1", "/metric%C5%BF",
        "/v1/../metrics", "/v1/%2e%2e/metrics", "/v1/..%2fmetrics", "/v1%2f..%2fmetrics", "/v1//..//metrics", "/v1/%252e%252e/metrics", "/v1/..%5cmetrics",
        "/v1/..\\metrics", "/v1/..;/metrics", "/metrics;/v1/models", "/metrics%00", "/metrics%20", "/metrics%09", "/metrics.", "/health/../metrics",
        "/health/live/../../metrics", "/page.js/../metrics", "/page.js%2f..%2fmetrics", "/metrics/page.js", "/metrics?/v1/", "/metrics%3F/v1/", "/metrics#/v1/",
        "http://localhost/metrics", "HTTP://127.0.0.1:1/metrics",
        "/admin/replicas/{0}/drain", "//admin/replicas/{0}/drain", "/%61dmin/replicas/{0}/drain", "/ADMIN/replicas/{0}/restart", "/admin//replicas/{0}/drain",
        "/metrics/../admin/replicas/{0}/drain", "/v1/../admin/replicas/{0}/drain", "/v1/%2e%2e%2fadmin/replicas/{0}/restart", "/admin",
        "/admin/replicas/x%2f..%2f..%2f..%2fv1/drain", "/admin/replicas/{0}/drain?x=/v1/", "/admin/replicas/{0}/drain/", "http://localhost/admin/replicas/{0}/drain",
        "/api/replicas/{0}/kill", "/api/replicas/{0}/kill/", "//api//replicas//{0}//kill", "/api/replicas/{0}/%6bill", "/API/Replicas/{0}/Kill",
        "/api/replicas/x/../{0}/kill", "/v1/../api/replicas/{0}/kill", "/v1/..%2fapi/replicas/{0}/kill", "/api/events/../replicas/{0}/kill", "/api/%72eplicas/{0}/kill",
        "/api/replicas%2f{0}%2fkill", "http://localhost/api/replicas/{0}/kill",
        "/fleet/v1/status", "/fleet/v1/generate", "/fleet/v1/admin/drain", "/nginx-error", "/nginx/status", "/nginx/health", "/haproxy/health", "/haproxy?stats", "/index.html", "/.env",
    ];

    [Theory]
    [MemberData(nameof(Forbidden))]
    public async Task What_is_internal_is_not_to_be_had_from_outside(string spelling)
    {
        var fleet = await fast.Site.Gateways[0].Fleet.NowAsync();
        var path = spelling.Replace("{0}", fleet.Replicas[0].Id, StringComparison.Ordinal);
        foreach (var method in (string[])["GET", "POST", "HEAD", "PUT"])
        {
            var (status, body) = await RawHttp.AskAsync(fast.Front.Address, method, path);
            Assert.True(status is 404 or 400, $"{method} {path}: {status} {body}");
            if (method != "HEAD" && status == 404)
                Assert.Equal("unknown_url", RawHttp.Code(body[body.IndexOf('{')..(body.LastIndexOf('}') + 1)]));
        }
        var after = await fast.Site.Gateways[0].Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        Assert.All(after.Replicas, r => Assert.Equal(fleet[r.Id].Pid, r.Pid));
    }

    [Fact]
    public async Task A_refused_path_is_never_even_seen_by_a_gateway()
    {
        var kill = $"/api/replicas/{(await fast.Site.Gateways[0].Fleet.NowAsync()).Replicas[0].Id}/kill";
        foreach (var path in (string[])["/metrics", "/v1/../metrics", "/%61dmin", kill])
        {
            await RawHttp.AskAsync(fast.Front.Address, "POST", path);
            Assert.All(await fast.Front.LoggedAsync(1, path), l => Assert.Equal(0, l.Tries));
        }
        using var direct = await fast.Site.Gateways[0].Http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, direct.StatusCode); // it is there, but not for those outside
    }

    [Theory]
    [InlineData("/v1/models/Qwen%2Fclawdbot-embedded")]
    [InlineData("/v1/models/Qwen/clawdbot-embedded")]
    public async Task The_id_of_a_model_may_hold_slashes_in_either_spelling(string path)
    {
        var (status, body) = await RawHttp.AskAsync(fast.Front.Address, "GET", path);
        Assert.Equal((404, "model_not_found"), (status, RawHttp.Code(body)));
    }

    [Fact]
    public async Task Everything_public_is_passed_on_the_page_and_each_of_its_files_too()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "Clawdbot.Gateway", "StatusPage", "Assets"))
            .Select(f => $"/{Path.GetFileName(f)}").Where(f => f != "/index.html").ToList();
        Assert.True(files.Count > 5);
        foreach (var path in (string[])["/", .. files, "/v1/models", "/api/replicas", "/api/events", "/health", "/health/ready", "/health/live"])
        {
            using var response = await fast.Front.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {response.StatusCode}");
        }
        using var plain = new StringContent("""{"type":"text","content":"hello"}""", System.Text.Encoding.UTF8, "application/json");
        using var process = await fast.Front.Http.PostAsync("/api/process", plain);
        Assert.Equal(HttpStatusCode.OK, process.StatusCode);
    }
}

/// <summary>Nginx cleans a path before it judges it.</summary>
public sealed class NginxPathTests(NginxFastSite fast) : FrontPathTests(fast), IClassFixture<NginxFastSite>
{
    private readonly FastSite _fast = fast;

    [Fact]
    public async Task A_path_is_passed_on_as_it_was_cleaned()
    {
        using var models = await _fast.Front.Http.GetAsync("/v1//models");
        Assert.Equal(HttpStatusCode.OK, models.StatusCode);
    }

    [Fact]
    public async Task Nginx_tells_of_itself_on_the_status_listener_only()
    {
        Assert.Equal((200, "nginx is up\n"), await RawHttp.AskAsync(_fast.Front.Status, "GET", "/nginx/health"));
        var (status, body) = await RawHttp.AskAsync(_fast.Front.Status, "GET", "/nginx/status");
        Assert.Equal(200, status);
        Assert.StartsWith("Active connections: ", body, StringComparison.Ordinal);
        Assert.Equal(404, (await RawHttp.AskAsync(_fast.Front.Status, "GET", "/v1/models")).Status);
    }
}

/// <summary>HAProxy refuses a path that it would have to clean.</summary>
public sealed class HaProxyPathTests(HaProxyFastSite fast) : FrontPathTests(fast), IClassFixture<HaProxyFastSite>
{
    private readonly FastSite _fast = fast;

    [Theory]
    [InlineData("/v1//models")]
    [InlineData("/v1/./models")]
    [InlineData("/v1/x/../models")]
    [InlineData("/v1/%2e/models")]
    [InlineData("/v1/x%2f../models")]
    [InlineData("/v1/models;x")]
    [InlineData("/api/../v1/models")]
    public async Task A_path_that_can_be_read_in_two_ways_is_refused(string path)
    {
        var (status, body) = await RawHttp.AskAsync(_fast.Front.Address, "GET", path);
        Assert.Equal((404, "unknown_url"), (status, RawHttp.Code(body)));
    }

    [Fact]
    public async Task HAProxy_tells_of_itself_on_the_status_listener_only()
    {
        Assert.Equal((200, "haproxy is up\n"), await RawHttp.AskAsync(_fast.Front.Status, "GET", "/haproxy/health"));
        var (status, body) = await RawHttp.AskAsync(_fast.Front.Status, "GET", "/metrics");
        Assert.Equal(200, status);
        Assert.Contains("haproxy_process_", body, StringComparison.Ordinal);
        Assert.Equal(404, (await RawHttp.AskAsync(_fast.Front.Status, "GET", "/v1/models")).Status);
    }
}
