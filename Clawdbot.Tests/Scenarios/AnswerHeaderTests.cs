using System.Globalization;
using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The headers by which a client and an operator speak of a request, and by which a client knows what to do next.</summary>
public sealed class AnswerHeaderTests(FastFleet fleet) : IClassFixture<FastFleet>
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    /// <summary>Method, path, content type, status.</summary>
    public static TheoryData<string, string, string, int> Requests => new()
    {
        { "GET", "/v1/models", "", 200 },
        { "POST", "/v1/chat/completions", "application/json", 200 },
        { "POST", "/v1/responses", "application/json", 400 },
        { "POST", "/v1/chat/completions", "text/plain", 415 },
        { "GET", "/v1/chat/completions", "", 405 },
        { "GET", "/v1/nothing", "", 404 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Every_answer_and_error_has_the_client_s_own_id_or_one_of_the_gateway(string method, string path, string type, int status)
    {
        using var own = await SendAsync(method, path, type, "01J9Z3-a.b_c:d");
        using var none = await SendAsync(method, path, type);

        Assert.Equal((status, status), ((int)own.StatusCode, (int)none.StatusCode));
        Assert.Equal("01J9Z3-a.b_c:d", Header(own, "X-Request-Id"));
        Assert.Matches("^[A-Za-z0-9._:-]{8,128}$", Header(none, "X-Request-Id"));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a\"b")]
    [InlineData("a,b")]
    [InlineData("<script>")]
    public async Task An_id_that_is_not_fit_for_logs_is_not_repeated(string id)
    {
        using var response = await SendAsync("POST", "/v1/chat/completions", "application/json", id);

        Assert.Equal(await IdAsync(response), Header(response, "X-Request-Id"));
    }

    [Fact]
    public async Task The_answer_keeps_its_own_id()
    {
        using var own = await SendAsync("POST", "/v1/chat/completions", "application/json", new string('a', 128));
        using var none = await SendAsync("POST", "/v1/chat/completions", "application/json", new string('a', 129));

        Assert.Equal((new string('a', 128), await IdAsync(none)), (Header(own, "X-Request-Id"), Header(none, "X-Request-Id")));
        Assert.StartsWith("chatcmpl-", await IdAsync(own), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeated_request_has_the_id_of_whoever_asks()
    {
        using var first = await SendAsync("POST", "/v1/chat/completions", "application/json", "first", ("Idempotency-Key", "k1"));
        using var second = await SendAsync("POST", "/v1/chat/completions", "application/json", "second", ("Idempotency-Key", "k1"));
        using var third = await SendAsync("POST", "/v1/chat/completions", "application/json", null, ("Idempotency-Key", "k1"));

        var id = await IdAsync(first);
        Assert.Equal((id, id), (await IdAsync(second), await IdAsync(third)));
        Assert.Equal(("first", "second", id), (Header(first, "X-Request-Id"), Header(second, "X-Request-Id"), Header(third, "X-Request-Id")));
    }

    [Fact]
    public async Task How_long_a_request_waited_is_told_to_who_asks()
    {
        using var asked = await SendAsync("POST", "/v1/chat/completions", "application/json", null, ("X-Clawdbot-Details", "true"));
        using var none = await SendAsync("POST", "/v1/chat/completions", "application/json");

        Assert.Matches(@"^queue;dur=\d+(\.\d)?, first_token;dur=\d+(\.\d)?$", Header(asked, "Server-Timing"));
        Assert.Null(Header(none, "Server-Timing"));
    }

    [Fact]
    public async Task Who_has_no_key_is_told_how_to_send_one_and_who_has_used_all_when_to_come_again()
    {
        await using var limited = await HostedGateway.StartAsync("--Discovery:Replicas:0=http://127.0.0.1:1", "--Auth:Keys:0:Tenant=acme",
            $"--Auth:Keys:0:Sha256={CrossOriginTests.OpenGateway.Hash("k")}", "--Auth:Keys:0:RequestsPerMinute=1");
        using var unknown = await limited.Http.GetAsync("/v1/models", Cancellation);
        limited.Http.DefaultRequestHeaders.Authorization = new("Bearer", "k");
        HttpResponseMessage Ask() => limited.Http.Send(new(HttpMethod.Post, "/v1/chat/completions") { Content = Body("application/json") }, Cancellation);
        using var first = Ask();
        using var second = Ask();

        Assert.Equal((401, "Bearer"), ((int)unknown.StatusCode, Header(unknown, "WWW-Authenticate")));
        Assert.Equal(429, (int)second.StatusCode);
        Assert.Equal("0", Header(second, "x-ratelimit-remaining-requests"));
        Assert.True(Seconds(Header(second, "x-ratelimit-reset-requests")![..^1]) >= Seconds(Header(second, "Retry-After")!));
        Assert.All([unknown, first, second], r => Assert.NotNull(Header(r, "X-Request-Id")));
    }

    private Task<HttpResponseMessage> SendAsync(
        string method, string path, string type, string? id = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in id is null ? headers : [("X-Request-Id", id), .. headers])
            request.Headers.TryAddWithoutValidation(name, value);
        if (type.Length > 0)
            request.Content = Body(type);
        return fleet.Gateway.Http.SendAsync(request, Cancellation);
    }

    private static StringContent Body(string type) => new(ChatClient.Body("\"hello\"", stream: false, seed: 1), Encoding.UTF8, type);

    private static async Task<string?> IdAsync(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return document.RootElement.GetProperty("id").GetString();
    }

    private static int Seconds(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
