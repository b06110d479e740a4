namespace Clawdbot.Gateway.Forwarding;

/// <summary>Is told of an attempt's first token.</summary>
internal interface IAttemptObserver
{
    /// <summary>
    /// Called at the first token that the client does not have, once the answer is this attempt's; <see cref="ResponseState.LastTokenAt"/>
    /// is still that of the token before.
    /// </summary>
    void FirstToken(Attempt attempt);
}
