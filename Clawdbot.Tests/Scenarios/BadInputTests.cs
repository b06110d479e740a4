using Clawdbot.Testing.Processes;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

public sealed class BadInputTests(FastGateway fast, ITestOutputHelper output) : IClassFixture<FastGateway>
{
    private const int MostResidentMegabytes = 600;

    [Fact]
    public async Task Every_bad_request_is_told_what_is_wrong_and_harms_nothing()
    {
        var gateway = fast.Process;
        await CheckAsync(gateway, BadInputs.All);

        await AssertUnharmedAsync(gateway);
        Assert.Equal(0, await gateway.MetricAsync("clawdbot_gateway_failovers_total"));
        Assert.Equal(0, (await gateway.Fleet.NowAsync()).Failed);
    }

    [Fact]
    public async Task A_body_over_the_cap_is_refused_whether_or_not_its_length_is_told()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 0, 0, "--Edge:MaxBodyBytes=200000");
        await CheckAsync(gateway, [.. BadInputs.TooLarge(200_001), .. BadInputs.TooLarge(8 << 20)]);

        await AssertUnharmedAsync(gateway);
    }

    [Fact]
    public async Task Bad_requests_from_many_clients_at_once_harm_no_good_one()
    {
        var gateway = fast.Process;
        var bad = Parallel.ForEachAsync(Enumerable.Repeat(BadInputs.All, 5).SelectMany(all => all), new ParallelOptions { MaxDegreeOfParallelism = 6 },
            async (input, cancellation) =>
            {
                using var request = input.Request();
                using var response = await gateway.Http.SendAsync(request, cancellation);
                Assert.Equal(input.Status, (int)response.StatusCode);
            });
        for (var i = 0; i < 20; i++)
            Assert.True((await gateway.Chat.AskAsync($"Question {i}", stream: i % 2 == 0)).Whole);
        await bad;

        await AssertUnharmedAsync(gateway);
    }

    private async Task CheckAsync(GatewayProcess gateway, IReadOnlyList<BadInput> inputs)
    {
        var wrong = new List<string>();
        foreach (var input in inputs)
        {
            using var request = input.Request();
            using var response = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var (code, problem) = Shape(response.Content.Headers.ContentType, body);
            var line = string.Create(CultureInfo.InvariantCulture, $"{input.Name,-52} {(int)response.StatusCode} {code}");
            Say(line);
            if ((int)response.StatusCode != input.Status || code != input.Code || problem is not null)
                wrong.Add($"{line}, but {input.Status} {input.Code} was expected. {problem} {body[..Math.Min(body.Length, 400)]}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    /// <summary>The error's code, and what its shape lacks.</summary>
    private static (string? Code, string? Problem) Shape(MediaTypeHeaderValue? type, string body)
    {
        if (type?.MediaType != "application/json")
            return (null, $"It came as {type}.");
        using var document = JsonDocument.Parse(body);
        if (!document.RootElement.TryGetProperty("error", out var error))
            return (null, "There is no error in it.");
        var problem = Text(error, "message") is not { Length: > 10 } ? "The message says nothing."
            : Text(error, "type") is not { Length: > 0 } ? "There is no type."
            : !error.TryGetProperty("param", out _) ? "There is no param."
            : null;
        return (Text(error, "code"), problem);
    }

    private static string? Text(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task AssertUnharmedAsync(GatewayProcess gateway)
    {
        var fleet = await gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r.InFlight == 0));
        Assert.All(fleet.Replicas, r => Assert.Equal(("Healthy", 1), (r.State, r.Starts)));
        Assert.DoesNotContain("strike", gateway.Program.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Unhandled", gateway.Program.Output, StringComparison.Ordinal);
        var peaks = fleet.Replicas.Select(r => r.Pid!.Value).Prepend(gateway.Program.Id).Select(PeakMegabytes).ToList();
        Say($"Memory peaked at {string.Join(", ", peaks)} MB in the gateway and its replicas.");
        Assert.All(peaks, peak => Assert.InRange(peak, 1, MostResidentMegabytes));

        var good = await gateway.Chat.AskAsync("Still there?", stream: true);
        Assert.True(good is { Whole: true, Attempts: 1 }, $"{good}");
    }

    /// <summary>The most memory the process ever had resident.</summary>
    private static int PeakMegabytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
