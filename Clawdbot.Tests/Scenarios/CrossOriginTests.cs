using System.Net;
using System.Text;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What a browser is told that asks on behalf of a page of another origin.</summary>
public sealed class CrossOriginTests(CrossOriginTests.OpenGateway open, FastFleet closed)
    : IClassFixture<CrossOriginTests.OpenGateway>, IClassFixture<FastFleet>
{
    private const string Page = "https://chat.example";
    private const string Key = "key-of-acme";

    [Theory]
    [InlineData("/v1/chat/completions", "POST")]
    [InlineData("/v1/responses", "POST")]
    [InlineData("/v1/models", "GET")]
    [InlineData("/v1/models/some/model", "GET")]
    [InlineData("/api/process", "POST")]
    public async Task A_preflight_is_answered_without_a_key(string path, string method)
    {
        using var response = await PreflightAsync(open.Gateway, path, method, Page);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal((Page, "true"), (Header(response, "Access-Control-Allow-Origin"), Header(response, "Access-Control-Allow-Credentials")));
        Assert.Contains(method, Header(response, "Access-Control-Allow-Methods")!, StringComparison.Ordinal);
        Assert.Equal("authorization,x-stainless-os,x-anything", Header(response, "Access-Control-Allow-Headers"));
        Assert.Equal("7200", Header(response, "Access-Control-Max-Age"));
    }

    [Theory]
    [InlineData("/api/replicas", "GET")]
    [InlineData("/api/replicas/local-0/kill", "POST")]
    [InlineData("/api/events", "GET")]
    [InlineData("/admin/replicas/local-0/drain", "POST")]
    [InlineData("/", "GET")]
    [InlineData("/metrics", "GET")]
    [InlineData("/v1x/models", "GET")]
    public async Task Nothing_but_the_APIs_is_opened(string path, string method)
    {
        using var preflight = await PreflightAsync(open.Gateway, path, method, Page);
        using var response = await SendAsync(open.Gateway, HttpMethod.Get, path, Page);

        Assert.All([preflight, response], r => Assert.Null(Header(r, "Access-Control-Allow-Origin")));
    }

    [Theory]
    [InlineData("GET", "/v1/models", false, 401)]
    [InlineData("GET", "/v1/models", true, 200)]
    [InlineData("GET", "/v1/nothing", true, 404)]
    [InlineData("GET", "/v1/chat/completions", true, 405)]
    [InlineData("POST", "/v1/chat/completions", false, 401)]
    [InlineData("POST", "/v1/chat/completions", true, 200)]
    [InlineData("POST", "/v1/chat/completions?unreadable", true, 400)]
    public async Task Errors_too_say_that_the_page_may_read_them(string method, string path, bool hasKey, int status)
    {
        using var response = await SendAsync(open.Gateway, new HttpMethod(method), path, Page, hasKey ? Key : null);

        Assert.Equal((status, Page), ((int)response.StatusCode, Header(response, "Access-Control-Allow-Origin")));
        Assert.All((string[])["X-Request-Id", "Retry-After", "x-ratelimit-remaining-tokens", "X-Clawdbot-Replica"],
            name => Assert.Contains(name, Header(response, "Access-Control-Expose-Headers")!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Limits_and_what_the_gateway_can_t_serve_are_told_to_the_page()
    {
        await using var empty = await HostedGateway.StartAsync("--Edge:AllowedOrigins:0=*", $"--Auth:Keys:0:Sha256={OpenGateway.Hash(Key)}",
            "--Auth:Keys:0:Tenant=acme", "--Auth:Keys:0:RequestsPerMinute=1", "--Discovery:Replicas:0=http://127.0.0.1:1");
        using var first = await SendAsync(empty, HttpMethod.Post, "/v1/chat/completions", Page, Key);
        using var second = await SendAsync(empty, HttpMethod.Post, "/v1/chat/completions", Page, Key);

        Assert.Equal((503, 429), ((int)first.StatusCode, (int)second.StatusCode));
        Assert.All([first, second], r => Assert.Equal("*", Header(r, "Access-Control-Allow-Origin")));
        Assert.All([first, second], r => Assert.Null(Header(r, "Access-Control-Allow-Credentials")));
        Assert.NotNull(Header(second, "Retry-After"));
    }

    [Fact]
    public async Task A_page_of_an_origin_that_is_not_named_may_read_nothing()
    {
        using var preflight = await PreflightAsync(open.Gateway, "/v1/models", "GET", "https://evil.example");
        using var response = await SendAsync(open.Gateway, HttpMethod.Get, "/v1/models", "https://evil.example", Key);

        Assert.All([preflight, response], r => Assert.Null(Header(r, "Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Where_no_origin_is_named_nothing_is_opened()
    {
        using var preflight = await PreflightAsync(closed.Gateway, "/v1/models", "GET", Page);
        using var response = await SendAsync(closed.Gateway, HttpMethod.Get, "/v1/models", Page);

        Assert.Equal((405, 200), ((int)preflight.StatusCode, (int)response.StatusCode));
        Assert.All([preflight, response], r => Assert.Null(Header(r, "Access-Control-Allow-Origin")));
    }

    internal static Task<HttpResponseMessage> PreflightAsync(HostedGateway gateway, string path, string method, string origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", "authorization,x-stainless-os,x-anything");
        return gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<HttpResponseMessage> SendAsync(HostedGateway gateway, HttpMethod method, string path, string origin, string? key = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Origin", origin);
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        if (method == HttpMethod.Post)
        {
            var body = path.EndsWith("unreadable", StringComparison.Ordinal) ? "{" : ChatClient.Body("\"hello\"", stream: true, seed: 1);
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        return gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    /// <summary>A gateway with a key and a replica that a page of one origin may call.</summary>
    public sealed class OpenGateway : IAsyncLifetime
    {
        private HostedShim _shim = null!;

        internal HostedGateway Gateway { get; private set; } = null!;

        public static string Hash(string key) =>
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key)));

        public async ValueTask InitializeAsync()
        {
            _shim = await HostedShim.FastAsync();
            Gateway = await HostedGateway.StartAsync($"--Edge:AllowedOrigins:0={Page}", "--Auth:Keys:0:Tenant=acme",
                $"--Auth:Keys:0:Sha256={Hash(Key)}", $"--Discovery:Replicas:0={_shim.Address}");
            for (var i = 0; i < 200 && (await Gateway.Http.GetAsync(new Uri(Gateway.Address, "/health/ready"))).StatusCode != HttpStatusCode.OK; i++)
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await _shim.DisposeAsync();
        }
    }
}
