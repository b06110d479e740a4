using Clawdbot.Gateway.Auth;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clawdbot.Tests.Gateway.Auth;

public sealed class KeyRingTests
{
    private static readonly string Hash = new('a', 64);

    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Auth:Keys:0:Tenant"] = "alice",
        ["Auth:Keys:0:Sha256"] = Hash,
    }).Build();

    [Fact]
    public void Keys_follow_the_configuration_without_a_restart()
    {
        using var ring = new KeyRing(_configuration, NullLogger<KeyRing>.Instance);

        Change("Auth:Keys:1:Tenant", "bob", "Auth:Keys:1:Sha256", new string('B', 64));
        Assert.Equal(["alice", "bob"], ring.Current.Keys.Select(k => k.Tenant));

        Change("Auth:Keys:0:Tenant", "carol");
        Assert.Equal(["carol", "bob"], ring.Current.Keys.Select(k => k.Tenant));
    }

    [Theory]
    [InlineData("Auth:Keys:0:Sha256", "not a hash")]
    [InlineData("Auth:Keys:0:Sha256", null)]
    [InlineData("Auth:Keys:0:Tenant", "")]
    [InlineData("Auth:Keys:1:Tenant", "bob")]
    [InlineData("Auth:Keys:0:Admin", "of course")]
    [InlineData("Auth:Keys:0:Priority", "urgent")]
    [InlineData("Auth:Keys:0:Priority", "7")]
    [InlineData("Auth:Keys:0:Share", "0")]
    [InlineData("Auth:AllowAnonymous", "perhaps")]
    public void A_changed_section_with_a_mistake_in_it_is_refused_and_the_last_good_one_stays(string key, string? value)
    {
        using var ring = new KeyRing(_configuration, NullLogger<KeyRing>.Instance);
        var before = ring.Current;

        Change(key, value);

        Assert.Same(before, ring.Current);
        Assert.Equal(("alice", Hash), (Assert.Single(ring.Current.Keys).Tenant, ring.Current.Keys[0].Sha256));
    }

    [Theory]
    [InlineData("Auth:Keys:0:Sha256", "not a hash")]
    [InlineData("Auth:Keys:0:Admin", "of course")]
    [InlineData("Auth:AllowAnonymous", "perhaps")]
    public void A_section_with_a_mistake_in_it_does_not_start(string key, string value)
    {
        _configuration[key] = value;

        Assert.Throws<InvalidOperationException>(() => new KeyRing(_configuration, NullLogger<KeyRing>.Instance));
    }

    [Fact]
    public void Every_mistake_is_named()
    {
        _configuration["Auth:Keys:0:Sha256"] = new string('g', 64);
        _configuration["Auth:Keys:1:Sha256"] = Hash;
        _configuration["Auth:Keys:2:Tenant"] = "carol";
        _configuration["Auth:Keys:2:Sha256"] = Hash[1..];

        var problems = Assert.Throws<InvalidOperationException>(() => KeyRing.Read(_configuration.GetSection(AuthOptions.Section))).Message;

        Assert.Contains("Auth:Keys:0:Sha256", problems, StringComparison.Ordinal);
        Assert.Contains("Auth:Keys:1:Tenant", problems, StringComparison.Ordinal);
        Assert.Contains("Auth:Keys:2:Sha256", problems, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_mistake_was_mended_the_keys_follow_again()
    {
        using var ring = new KeyRing(_configuration, NullLogger<KeyRing>.Instance);
        Change("Auth:Keys:0:Sha256", "not a hash");

        Change("Auth:Keys:0:Sha256", Hash, "Auth:Keys:0:Tenant", "bob");

        Assert.Equal("bob", Assert.Single(ring.Current.Keys).Tenant);
    }

    [Fact]
    public void Without_a_section_there_are_no_keys()
    {
        var nothing = new ConfigurationBuilder().Build();
        using var ring = new KeyRing(nothing, NullLogger<KeyRing>.Instance);

        Assert.Empty(ring.Current.Keys);
        Assert.False(ring.Current.AllowAnonymous);
    }

    private void Change(params string?[] pairs)
    {
        for (var i = 0; i < pairs.Length; i += 2)
            _configuration[pairs[i]!] = pairs[i + 1];
        _configuration.Reload();
    }
}
