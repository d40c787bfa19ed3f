module Snippets.__NAME__

open System
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open Consumer.Scope
// <imports>

let place = "__PLACE__"
let isRun = __RUN__

let run () : Task =
    task {
        // <snippet>
        return ()
    }
