using Clawdbot.Gateway.Auth;

namespace Clawdbot.Tests.Gateway.Auth;

public sealed class AllowanceTests
{
    [Theory]
    [InlineData("Normal", null, "Normal")]
    [InlineData("Normal", "High", "Normal")]
    [InlineData("Normal", "Low", "Low")]
    [InlineData("High", "High", "High")]
    [InlineData("Low", "High", "Low")]
    [InlineData("Low", null, "Low")]
    public void A_key_gives_its_own_priority_and_no_higher_one(string key, string? asked, string given)
    {
        var allowance = new Allowance(Enum.Parse<Priority>(key), Enum.Parse<Priority>(key));

        Assert.Equal(Enum.Parse<Priority>(given), allowance.Clamp(asked is null ? null : Enum.Parse<Priority>(asked)));
    }

    [Fact]
    public void Without_a_key_a_request_is_normal_and_may_ask_for_anything() =>
        Assert.Equal((Priority.Normal, Priority.High), (Allowance.Keyless.Clamp(null), Allowance.Keyless.Clamp(Priority.High)));
}
