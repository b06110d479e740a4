using System.Net;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Shims;

/// <summary>What a shim answers to a report of tenants' limits: a bad one must not end the exchange, and the gateway with it.</summary>
public sealed class QuotaAnswerTests
{
    private const string Sound = """{"tenant":"t","kind":"Requests","limit":5,"part":2,"elsewhere":1,"elsewhere_count":{"current":1,"previous":0,"elapsed":0.5}}""";

    public static TheoryData<string> Bad =>
    [
        "", "null", "[]", "{}", "not json", """{"is_complete":true}""", """{"is_complete":true,"limits":null}""",
        """{"is_complete":true,"limits":[null]}""", """{"is_complete":true,"limits":[{}]}""",
        Answer(Sound.Replace("\"t\"", "null", StringComparison.Ordinal)), Answer(Sound.Replace("\"t\"", "\"\"", StringComparison.Ordinal)),
        Answer(Sound.Replace("\"Requests\"", "77", StringComparison.Ordinal)), Answer(Sound.Replace("\"limit\":5", "\"limit\":0", StringComparison.Ordinal)),
        Answer(Sound.Replace("\"part\":2", "\"part\":-1", StringComparison.Ordinal)),
        Answer(Sound.Replace("\"current\":1", "\"current\":9223372036854775807", StringComparison.Ordinal)),
        Answer(Sound.Replace("0.5", "1e308", StringComparison.Ordinal)),
        Answer(string.Join(',', Enumerable.Repeat(Sound, QuotaParts.Most + 1))),
        Answer(Sound) + new string(' ', 2 << 20),
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_is_no_answer_is_none(string body) => Assert.Null(await AskAsync(body));

    [Fact]
    public async Task What_is_one_is_taken() => Assert.Equal(2, Assert.Single((await AskAsync(Answer(Sound)))!.Limits).Part);

    private static string Answer(string limits) => $$"""{"is_complete":true,"limits":[{{limits}}]}""";

    private static async Task<QuotaParts?> AskAsync(string body)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var shim = builder.Build();
        shim.Urls.Add($"http://{IPAddress.Loopback}:0");
        shim.MapPost(FleetRoutes.Quotas, () => Results.Text(body, "application/json"));
        await shim.StartAsync();
        using var http = new HttpMessageInvoker(new SocketsHttpHandler()); // unlike HttpClient it does not read the whole answer first
        var client = new ShimClient(
            http, Options.Create(new FleetOptions { Secret = "0123456789abcdef" }), GatewayInstance.Draw(), TimeProvider.System);
        return await client.QuotasAsync(new Uri(shim.Urls.First()), new QuotaReport(1, 1, []));
    }
}
