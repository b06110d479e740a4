using Clawdbot.Testing.Processes;
using System.Text.Json;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Deploy;

/// <summary>What azd and aspirate make of the manifest.</summary>
public sealed class ManifestTests
{
    // azd's and aspirate's own lists have these in common.
    private static readonly string[] Accepted = ["project.v0", "project.v1", "container.v0", "container.v1", "dockerfile.v0", "parameter.v0", "value.v0"];

    private static readonly JsonElement Resources = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "aspire-manifest.json")))
        .RootElement.GetProperty("resources");

    [Fact]
    public void Every_resource_is_of_a_kind_that_both_accept() =>
        Assert.All(Resources.EnumerateObject(), r => Assert.Contains(r.Value.GetProperty("type").GetString(), Accepted));

    [Fact]
    public void Every_expression_names_a_resource_that_is_there()
    {
        var text = Resources.GetRawText();
        foreach (System.Text.RegularExpressions.Match match in System.Text.RegularExpressions.Regex.Matches(text, @"\{([a-z0-9-]+)\.[^}\s""]+\}"))
            Assert.True(Resources.TryGetProperty(match.Groups[1].Value, out _), match.Value);
    }

    [Fact]
    public void Every_path_exists()
    {
        foreach (var resource in Resources.EnumerateObject())
        {
            if (resource.Value.TryGetProperty("path", out var path))
                Assert.True(File.Exists(Path.Combine(Repository.Root, path.GetString()!)), path.GetString());
            if (resource.Value.TryGetProperty("bindMounts", out var mounts))
                Assert.All(mounts.EnumerateArray(), m => Assert.True(Directory.Exists(Path.Combine(Repository.Root, m.GetProperty("source").GetString()!))));
        }
    }

    [Fact]
    public void Only_Nginx_is_reachable_from_outside()
    {
        var external = Resources.EnumerateObject()
            .Where(r => r.Value.TryGetProperty("bindings", out var bindings)
                && bindings.EnumerateObject().Any(b => b.Value.TryGetProperty("external", out var e) && e.GetBoolean()))
            .Select(r => r.Name);
        Assert.Equal(["nginx"], external);
    }

    [Fact]
    public void Secrets_are_parameters_and_have_no_value()
    {
        foreach (var name in (string[])["fleet-secret", "fleet-admin-secret", "api-key-sha256", "admin-key-sha256", "grafana-admin-password"])
        {
            var input = Resources.GetProperty(name).GetProperty("inputs").GetProperty("value");
            Assert.True(input.GetProperty("secret").GetBoolean(), name);
        }
        foreach (var resource in Resources.EnumerateObject())
        {
            if (!resource.Value.TryGetProperty("env", out var env))
                continue;
            foreach (var variable in env.EnumerateObject().Where(v => v.Name.Contains("Secret", StringComparison.Ordinal) || v.Name.Contains("PASSWORD", StringComparison.Ordinal)))
                Assert.Matches(@"^\{[a-z-]+\.value\}$", variable.Value.GetString());
        }
    }
}
