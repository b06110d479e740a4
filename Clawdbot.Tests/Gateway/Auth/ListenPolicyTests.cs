using Clawdbot.Gateway.Auth;
using Microsoft.Extensions.Configuration;

namespace Clawdbot.Tests.Gateway.Auth;

public sealed class ListenPolicyTests
{
    [Theory]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("https://127.0.0.2:8443")]
    [InlineData("http://[::1]:8080")]
    public void Without_keys_loopback_may_be_listened_on(string url) => Assert.Null(ListenPolicy.Problem([url], new AuthOptions()));

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://+:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://10.0.0.7")]
    [InlineData("http://gateway:8080")]
    [InlineData("http://localhost.example:8080")]
    public void Without_keys_nothing_else_may_and_the_refusal_says_which_and_what_to_do(string url)
    {
        var problem = ListenPolicy.Problem(["http://localhost:8080", url], new AuthOptions());

        Assert.NotNull(problem);
        Assert.Contains(url, problem, StringComparison.Ordinal);
        Assert.Contains("Auth:Keys", problem, StringComparison.Ordinal);
        Assert.Contains("Auth:AllowAnonymous", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void With_keys_or_for_anybody_everything_may_be_listened_on()
    {
        Assert.Null(ListenPolicy.Problem(["http://0.0.0.0:8080"], new AuthOptions { AllowAnonymous = true }));
        Assert.Null(ListenPolicy.Problem(["http://0.0.0.0:8080"], new AuthOptions { Keys = { new ApiKeyOptions() } }));
    }

    [Theory]
    [InlineData("http://10.0.0.7:9000", "8080", "http://10.0.0.7:9000")]
    [InlineData("http://10.0.0.7:9000; http://10.0.0.8:9000;", null, "http://10.0.0.7:9000 http://10.0.0.8:9000")]
    [InlineData(null, "8080", "http://*:8080")]
    [InlineData(null, "8080;8081", "http://*:8080 http://*:8081")]
    [InlineData("", " 8080 ; ", "http://*:8080")]
    [InlineData(";", "8080", "http://*:8080")]
    [InlineData(null, null, "http://localhost:8080")]
    [InlineData("", "", "http://localhost:8080")]
    [InlineData(" ; ", ";", "http://localhost:8080")]
    public void Urls_come_before_ports_of_all_addresses_and_those_before_the_default(string? urls, string? ports, string expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = urls, ["http_ports"] = ports }).Build();

        Assert.Equal(expected.Split(' '), ListenPolicy.Urls(configuration));
    }

    [Fact]
    public void Without_keys_ports_of_all_addresses_are_refused_and_the_refusal_says_which_and_what_to_do()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["http_ports"] = "8080" })
            .Build();
        var problem = ListenPolicy.Problem(ListenPolicy.Urls(configuration), new AuthOptions());

        Assert.Contains("http://*:8080", problem, StringComparison.Ordinal);
        Assert.Contains("Auth:Keys:0:Sha256", problem, StringComparison.Ordinal);
    }
}
