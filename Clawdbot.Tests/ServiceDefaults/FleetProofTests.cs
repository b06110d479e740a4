using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class FleetProofTests
{
    private const string Secret = "a secret of the whole fleet";
    private const string Other = "a secret of another fleet..";

    [Fact]
    public void Two_that_hold_the_secret_convince_each_other()
    {
        var challenge = FleetProof.Challenge(Secret);

        Assert.True(FleetProof.Holds(Secret, challenge, FleetProof.Answer(Secret, challenge)));
    }

    [Fact]
    public void A_shim_gives_a_stranger_no_answer() =>
        Assert.Null(FleetProof.Answer(Secret, FleetProof.Challenge(Other)));

    [Fact]
    public void A_gateway_does_not_believe_a_proof_by_another_secret()
    {
        var challenge = FleetProof.Challenge(Secret);
        var nonce = challenge[..challenge.IndexOf('.', StringComparison.Ordinal)];
        var foreign = FleetProof.Challenge(Other);
        var answer = FleetProof.Answer(Other, foreign);

        Assert.False(FleetProof.Holds(Secret, challenge, answer));
        Assert.False(FleetProof.Holds(Secret, foreign, answer));
        Assert.False(FleetProof.Holds(Secret, challenge, nonce));
        Assert.False(FleetProof.Holds(Secret, challenge, ""));
        Assert.False(FleetProof.Holds(Secret, challenge, null));
    }

    [Fact]
    public void The_gateways_own_mac_sent_back_proves_nothing()
    {
        var challenge = FleetProof.Challenge(Secret);

        Assert.False(FleetProof.Holds(Secret, challenge, challenge[(challenge.IndexOf('.', StringComparison.Ordinal) + 1)..]));
    }

    [Fact]
    public void The_shims_proof_sent_as_a_challenge_opens_nothing()
    {
        var challenge = FleetProof.Challenge(Secret);
        var nonce = challenge[..challenge.IndexOf('.', StringComparison.Ordinal)];

        Assert.Null(FleetProof.Answer(Secret, $"{nonce}.{FleetProof.Answer(Secret, challenge)}"));
    }

    [Fact]
    public void A_proof_holds_for_its_own_nonce_only()
    {
        var (first, second) = (FleetProof.Challenge(Secret), FleetProof.Challenge(Secret));

        Assert.NotEqual(first, second);
        Assert.False(FleetProof.Holds(Secret, second, FleetProof.Answer(Secret, first)));
    }

    [Fact]
    public void A_challenge_changed_in_any_character_is_refused()
    {
        var challenge = FleetProof.Challenge(Secret);
        for (var i = 0; i < challenge.Length; i++)
        {
            var tampered = challenge.ToCharArray();
            tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
            Assert.Null(FleetProof.Answer(Secret, new string(tampered)));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("nonce")]
    [InlineData("nonce.")]
    [InlineData(".mac")]
    public void What_is_no_challenge_gets_no_answer(string? challenge) => Assert.Null(FleetProof.Answer(Secret, challenge));
}
