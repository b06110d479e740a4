using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

public sealed class KeyTests(KeyTests.KeyedGateway keyed) : IClassFixture<KeyTests.KeyedGateway>, IDisposable
{
    private const string Key = "key-of-acme";
    private const string AdminKey = "key-of-the-operator";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("clawdbot-keys-");
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2), TimeProvider.System);

    public void Dispose()
    {
        _limit.Dispose();
        _root.Delete(recursive: true);
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/api/replicas")]
    [InlineData("/api/events")]
    public async Task Only_who_brings_a_known_key_may_read(string path)
    {
        var gateway = keyed.Process;

        Assert.Equal((401, "missing_api_key"), await GetAsync(gateway, path, null));
        Assert.Equal((401, "missing_api_key"), await GetAsync(gateway, path, new("Basic", "YWNtZTpzZWNyZXQ=")));
        Assert.Equal((401, "missing_api_key"), await GetAsync(gateway, path, new("Bearer")));
        Assert.Equal((401, "invalid_api_key"), await GetAsync(gateway, path, Bearer("key-of-nobody")));
        Assert.Equal((401, "invalid_api_key"), await GetAsync(gateway, path, Bearer(Hash(Key)))); // who has read the configuration has no key
        Assert.Equal((200, null), await GetAsync(gateway, path, Bearer(Key)));
    }

    [Fact]
    public async Task Only_who_brings_a_known_key_is_answered_and_nobody_s_body_is_read_before()
    {
        var gateway = keyed.Process;
        await ServingAsync(gateway);

        Assert.Equal((401, "missing_api_key"), await AskAsync(gateway, null, "this is not even JSON"));
        Assert.Equal((401, "invalid_api_key"), await AskAsync(gateway, Bearer("key-of-nobody"), "this is not even JSON"));
        Assert.Equal((400, "invalid_json"), await AskAsync(gateway, Bearer(Key), "this is not even JSON"));
        Assert.Equal((200, null), await AskAsync(gateway, Bearer(Key), ChatClient.Body("\"hello\"", stream: false, seed: 1)));
    }

    [Fact]
    public async Task A_key_that_is_no_operator_s_opens_neither_the_kill_button_nor_the_verbs()
    {
        var gateway = keyed.Process;
        await ServingAsync(gateway);
        var drain = new Uri(gateway.Inside, "admin/replicas/local-0/drain");

        Assert.Equal((401, "missing_api_key"), await SendAsync(gateway, HttpMethod.Post, "/api/replicas/local-0/kill", null));
        Assert.Equal((403, "admin_key_required"), await SendAsync(gateway, HttpMethod.Post, "/api/replicas/local-0/kill", Bearer(Key)));
        Assert.Equal((403, "page_token_required"), await SendAsync(gateway, HttpMethod.Post, "/api/replicas/local-0/kill", Bearer(AdminKey)));
        Assert.Equal((401, "missing_api_key"), await SendAsync(gateway, HttpMethod.Post, drain.ToString(), null));
        Assert.Equal((403, "admin_key_required"), await SendAsync(gateway, HttpMethod.Post, drain.ToString(), Bearer(Key)));
        Assert.Equal((202, null), await SendAsync(gateway, HttpMethod.Post, drain.ToString(), Bearer(AdminKey)));
        Assert.Equal((202, null), await SendAsync(gateway, HttpMethod.Post, new Uri(gateway.Inside, "admin/replicas/local-0/return").ToString(), Bearer(AdminKey)));
    }

    [Fact]
    public async Task A_changed_key_is_in_force_without_a_restart_and_a_mistake_in_the_file_changes_nothing()
    {
        Write(Keys("first-key"));
        await using var gateway = await GatewayProcess.StartAsync("--Discovery:LocalReplicas=1", $"--contentRoot={_root.FullName}");
        Assert.Equal((200, null), await ModelsAsync(gateway, "first-key"));

        Write(Keys("second-key"));
        await UntilAsync(gateway, async () => await ModelsAsync(gateway, "second-key") is (200, _));
        Assert.Equal((401, "invalid_api_key"), await ModelsAsync(gateway, "first-key"));

        Write(Keys("third-key").Replace(Hash("third-key"), "not-a-hash", StringComparison.Ordinal));
        await UntilAsync(gateway, () => Task.FromResult(Says(gateway, "is refused")));
        Assert.Equal((200, null), await ModelsAsync(gateway, "second-key"));

        Write(Keys("fourth-key")[..^5]); // cut off: not JSON any more
        Write(Keys("fifth-key"));
        await UntilAsync(gateway, async () => await ModelsAsync(gateway, "fifth-key") is (200, _));
        Assert.Equal((401, "invalid_api_key"), await ModelsAsync(gateway, "second-key"));
    }

    [Fact]
    public async Task A_lost_file_of_keys_opens_the_gateway_to_nobody()
    {
        Write(Keys("first-key"));
        await using var gateway = await GatewayProcess.StartAsync("--Discovery:LocalReplicas=1", $"--contentRoot={_root.FullName}");

        File.Delete(Path.Combine(_root.FullName, "appsettings.json"));
        await UntilAsync(gateway, () => Task.FromResult(Says(gateway, "is refused")));
        Assert.Equal((200, null), await ModelsAsync(gateway, "first-key"));
    }

    /// <summary>Asks again and again; somebody without a key is refused all the while.</summary>
    private async Task UntilAsync(GatewayProcess gateway, Func<Task<bool>> condition)
    {
        while (!await condition())
            Assert.Equal((401, "missing_api_key"), await GetAsync(gateway, "/v1/models", null));
    }

    private static bool Says(GatewayProcess gateway, string words) => gateway.Program.Output.Contains(words, StringComparison.Ordinal);

    private async Task ServingAsync(GatewayProcess gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events") { Headers = { Authorization = Bearer(Key) } };
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _limit.Token);
        using var events = new SseReader(await response.Content.ReadAsStreamAsync(_limit.Token));
        while (await events.ReadAsync(_limit.Token) == SseResult.Event && !FleetView.Parse(events.Data).Replicas.Any(r => r.State == "Healthy"))
        {
        }
    }

    private Task<(int, string?)> ModelsAsync(GatewayProcess gateway, string key) => GetAsync(gateway, "/v1/models", Bearer(key));

    private Task<(int Status, string? Code)> GetAsync(GatewayProcess gateway, string path, AuthenticationHeaderValue? key) =>
        SendAsync(gateway, HttpMethod.Get, path, key);

    private Task<(int Status, string? Code)> AskAsync(GatewayProcess gateway, AuthenticationHeaderValue? key, string body) =>
        SendAsync(gateway, HttpMethod.Post, "/v1/chat/completions", key, new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task<(int Status, string? Code)> SendAsync(
        GatewayProcess gateway, HttpMethod method, string path, AuthenticationHeaderValue? key, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body, Headers = { Authorization = key } };
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _limit.Token);
        if (response.IsSuccessStatusCode)
            return ((int)response.StatusCode, null);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(_limit.Token));
        return ((int)response.StatusCode, document.RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    private static AuthenticationHeaderValue Bearer(string key) => new("Bearer", key);

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>The program's own settings with one key in them.</summary>
    private static string Keys(string key)
    {
        var own = File.ReadAllText(Path.Combine(Repository.Root, "Clawdbot.Gateway", "appsettings.json")).Trim();
        return $$"""{"Auth":{"Keys":[{"Tenant":"acme","Sha256":"{{Hash(key)}}"}]},{{own[1..]}}""";
    }

    /// <summary>With a key of a tenant and one of an operator.</summary>
    public sealed class KeyedGateway : SharedGateway
    {
        private protected override Task<GatewayProcess> StartAsync() => GatewayProcess.StartAsync("--Discovery:LocalReplicas=1", "--Engine:Embedded:TokensPerSecond=0",
            "--Auth:Keys:0:Tenant=acme", $"--Auth:Keys:0:Sha256={Hash(Key)}",
            "--Auth:Keys:1:Tenant=operator", $"--Auth:Keys:1:Sha256={Hash(AdminKey)}", "--Auth:Keys:1:Admin=true");
    }

    private void Write(string settings) => File.WriteAllText(Path.Combine(_root.FullName, "appsettings.json"), settings);
}
