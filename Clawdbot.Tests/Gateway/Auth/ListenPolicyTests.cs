using Clawdbot.Gateway.Auth;

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
}
