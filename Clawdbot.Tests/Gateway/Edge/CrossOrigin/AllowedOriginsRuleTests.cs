using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.CrossOrigin;

namespace Clawdbot.Tests.Gateway.Edge.CrossOrigin;

public sealed class AllowedOriginsRuleTests
{
    [Theory]
    [InlineData]
    [InlineData("*")]
    [InlineData("https://chat.example", "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:8080")]
    [InlineData("app://obsidian.md", "chrome-extension://abcdefghijklmnop")]
    public void Origins_as_browsers_send_them_are_taken(params string[] origins) => Assert.True(Validated(origins).Succeeded);

    [Theory]
    [InlineData("")]
    [InlineData("chat.example")]
    [InlineData("https://chat.example/")]
    [InlineData("https://chat.example/page")]
    [InlineData("https://Chat.example")]
    [InlineData("https://chat.example:443")]
    [InlineData("https://*.example")]
    [InlineData("https://me@chat.example")]
    [InlineData("null")]
    [InlineData("*", "https://chat.example")]
    public void What_no_browser_sends_is_named(params string[] origins) =>
        Assert.Contains("Edge:AllowedOrigins has ", Validated(origins).FailureMessage!, StringComparison.Ordinal);

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validated(string[] origins) =>
        new AllowedOriginsRule().Validate(null, new EdgeOptions { AllowedOrigins = [.. origins] });
}
